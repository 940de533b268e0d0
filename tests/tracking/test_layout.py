"""What lies where in MLflow: the contract of stored experiments, runs, tags and artifacts."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import mlflow
import pandas as pd
import pyarrow as pa
import pytest
from mlflow.entities import Run
from workshop import the_run

import mlsnap
from mlsnap.errors import MlsnapWarning
from mlsnap.services.datasets import Dataset
from mlsnap.values.processes import this_process

FRAME = pd.DataFrame({"x": [1, 2, None], "when": pd.to_datetime(["2020-01-01"] * 3)})


@pytest.fixture
def wine(project: Path) -> Dataset:
    FRAME.to_parquet("wine.parquet")
    return mlsnap.register_dataset("wine", "wine.parquet", description="Reds", tags={"k": "v"})


def experiment(name: str) -> SimpleNamespace:
    found = mlflow.get_experiment_by_name(name)
    runs = mlflow.MlflowClient().search_runs([found.experiment_id])
    return SimpleNamespace(id=found.experiment_id, tags=found.tags, runs=list(runs))


def artifacts(run: Run, folder: str = "") -> set[str]:
    found: set[str] = set()
    for each in mlflow.MlflowClient().list_artifacts(run.info.run_id, folder or None):
        found |= artifacts(run, each.path) if each.is_dir else {each.path}
    return found


def test_the_catalog_has_an_index_run_a_dataset(wine: Dataset) -> None:
    (index,) = experiment("mlsnap").runs

    assert index.info.run_name == "wine"
    assert index.info.status == "FINISHED"
    tags = index.data.tags
    assert (tags["mlsnap.kind"], tags["mlsnap.dataset"]) == ("dataset", "wine")
    assert (tags["mlsnap.state"], json.loads(tags["mlsnap.tags"])) == ("active", {"k": "v"})
    assert tags["mlflow.note.content"] == "Reds"
    assert experiment("mlsnap/wine").tags["mlsnap.index"] == index.info.run_id


def test_the_params_of_the_index_run_map_names_numbers_and_definitions(wine: Dataset) -> None:
    first = wine.create_snapshot("first")
    second = wine.create_snapshot()

    (index,) = experiment("mlsnap").runs
    params = index.data.params
    token = params.pop("definition/1")
    assert params == {
        "first": first.run_id,
        "v2": second.run_id,
        "number/1": first.run_id,
        "number/2": second.run_id,
    }
    stored = mlflow.artifacts.load_dict(
        f"runs:/{index.info.run_id}/mlsnap/definitions/{token}.json"
    )
    assert (stored["source"], stored["format"]) == (str(Path("wine.parquet").absolute()), "parquet")


def test_the_metrics_of_the_index_run_are_the_time_line(wine: Dataset) -> None:
    wine.create_snapshot("first")
    wine.create_snapshot("second", data=FRAME.dropna())

    (index,) = experiment("mlsnap").runs
    client = mlflow.MlflowClient()
    for key, values in {"rows": [3, 2], "percent_missing": [1 / 6, 0]}.items():
        history = client.get_metric_history(index.info.run_id, key)
        assert [(point.step, point.value) for point in history] == list(enumerate(values, start=1))


def test_a_snapshot_run_has_its_tags_metrics_and_artifacts(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("first", create_data_snapshot=True)

    (run,) = experiment("mlsnap/wine").runs
    assert (run.info.run_id, run.info.run_name) == (snapshot.run_id, "first")
    assert run.info.status == "FINISHED"
    tags = {key: value for key, value in run.data.tags.items() if key.startswith("mlsnap.")}
    assert float(tags.pop("mlsnap.heartbeat")) > 0
    assert tags.pop("mlsnap.process") == (this_process() or "")
    assert tags.pop("mlsnap.created") == snapshot.record.provenance.created
    assert tags == {
        "mlsnap.kind": "snapshot",
        "mlsnap.dataset": "wine",
        "mlsnap.name": "first",
        "mlsnap.number": "1",
        "mlsnap.state": "ready",
        "mlsnap.digest": snapshot.digest,
        "mlsnap.has_data": "true",
        "mlsnap.compared_with": "",
    }
    assert run.data.metrics.keys() == {
        "number",
        "rows",
        "columns",
        "bytes",
        "percent_missing",
    }
    assert artifacts(run) == {
        "mlsnap/snapshot.json",
        "mlsnap/profile.json",
        "mlsnap/profile.html",
        "mlsnap/data/wine.dvc",
        "mlsnap/data/.dvc/config",
    }


def test_a_snapshot_without_data_has_no_pointer(wine: Dataset) -> None:
    wine.create_snapshot("first")

    (run,) = experiment("mlsnap/wine").runs
    assert not any(path.startswith("mlsnap/data") for path in artifacts(run))


def used(wine: Dataset) -> Run:
    snapshot = wine.create_snapshot("first", create_data_snapshot=True)
    with mlflow.start_run():
        mlsnap.log_snapshot(snapshot, context="validation")
    return the_run()


def test_a_training_run_gets_a_dataset_input(wine: Dataset) -> None:
    (given,) = used(wine).inputs.dataset_inputs

    snapshot = wine.get_snapshot("first")
    dataset = given.dataset
    assert (dataset.name, dataset.source_type) == ("wine@first", "mlsnap")
    assert dataset.digest == snapshot.digest[:32]
    assert json.loads(dataset.source) == {"uri": "mlsnap:/wine@first", "run_id": snapshot.run_id}
    assert {tag.key: tag.value for tag in given.tags} == {"mlflow.data.context": "validation"}


def test_the_input_has_a_schema_as_mlflow_shows_it(wine: Dataset) -> None:
    (given,) = used(wine).inputs.dataset_inputs

    assert json.loads(given.dataset.schema)["mlflow_colspec"] == [
        {"type": "double", "name": "x", "required": False},
        {"type": "datetime", "name": "when", "required": True},
    ]


def test_the_input_has_a_small_flat_profile(wine: Dataset) -> None:
    (given,) = used(wine).inputs.dataset_inputs

    summary = json.loads(given.dataset.profile)
    assert (summary["num_rows"], summary["num_columns"]) == (3, 2)
    assert summary["missing"] == "16.67 % of cells"
    assert summary["snapshot"] == "wine@first"
    assert not any(isinstance(value, dict | list) for value in summary.values())


def test_a_training_run_gets_tags_the_profile_and_the_report(wine: Dataset) -> None:
    run = used(wine)

    assert run.data.tags["mlsnap.snapshot.validation"] == "wine@first"
    assert run.data.tags["mlsnap.digest.validation"] == wine.get_snapshot("first").digest
    assert artifacts(run) == {"mlsnap/validation/profile.json", "mlsnap/validation/profile.html"}
    page = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/mlsnap/validation/profile.html")
    assert '<meta charset="utf-8">' in page
    assert "wine@first" in page


def test_an_input_whose_schema_is_cut_says_so(project: Path) -> None:
    wide = pa.table({f"{at} " + "x" * 9_000: [at] for at in range(40)})

    with mlflow.start_run():
        mlsnap.register_dataset("wide").create_snapshot("x", data=wide)

    (given,) = the_run().inputs.dataset_inputs
    known = len(json.loads(given.dataset.schema)["mlflow_colspec"])
    assert json.loads(given.dataset.profile)["columns_in_schema"] == f"the first {known} of 40"


def test_the_description_of_a_run_stays_the_users(wine: Dataset) -> None:
    @mlsnap.track(inputs={"df": "wine"})
    def fit(df: pd.DataFrame) -> dict[str, float]:
        return {"rows": len(df)}

    with mlflow.start_run(description="mine"):
        snapshot = wine.create_snapshot("first", create_data_snapshot=True)
        with pytest.warns(MlsnapWarning, match="reproduced"):
            fit(FRAME)
        mlsnap.load("wine@first", context="validation")
        mlsnap.log_snapshot(FRAME, context="other")
        mlsnap.log_report(snapshot.get_profile(), name="wine")

    assert the_run().data.tags["mlflow.note.content"] == "mine"


def test_the_source_loads_the_copy_through_mlflow(wine: Dataset) -> None:
    (given,) = used(wine).inputs.dataset_inputs

    loaded = mlflow.data.get_source(given).load()

    pd.testing.assert_frame_equal(loaded, wine.get_snapshot("first").to_pandas_dataframe())


def test_mlflow_resolves_a_source_from_its_uri(wine: Dataset) -> None:
    wine.create_snapshot("first", create_data_snapshot=True)

    source = mlflow.data.dataset_source_registry.resolve_dataset_source("mlsnap:/wine@first")

    assert source.load().shape == (3, 2)
    assert source.to_dict() == {"uri": "mlsnap:/wine@first", "run_id": None}


def test_columns_of_any_name_are_stored(project: Path) -> None:
    names = ["🔑", 'quo"te', "it's", "100 %", "a.b", "", "line\nbreak", "<b>", "x" * 400]
    frame = pd.DataFrame([range(len(names))] * 2, columns=names)
    odd = mlsnap.register_dataset("odd")

    with mlflow.start_run():
        snapshot = odd.create_snapshot("x", data=frame, create_data_snapshot=True)

    pd.testing.assert_frame_equal(snapshot.to_pandas_dataframe(), frame)
    (given,) = the_run().inputs.dataset_inputs
    assert [each["name"] for each in json.loads(given.dataset.schema)["mlflow_colspec"]] == names
    assert list(snapshot.get_profile().to_pandas().index) == names


def test_a_wide_table_keeps_its_input_small(project: Path) -> None:
    wide = pd.DataFrame({f"column number {at}": [at, at + 1] for at in range(600)})

    with mlflow.start_run():
        snapshot = mlsnap.register_dataset("wide").create_snapshot("x", data=wide)

    (given,) = the_run().inputs.dataset_inputs
    assert len(given.dataset.profile) < 2000
    assert len(snapshot.get_profile()) == 600
    assert mlsnap.compare(the_run().info.run_id, "wide@x").identical
