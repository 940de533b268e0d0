"""MLflow's own API leads to a snapshot's data, and takes a snapshot as a dataset."""

from __future__ import annotations

import json
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.data.dataset_source_registry import (
    get_dataset_source_from_json,
    resolve_dataset_source,
)
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Dataset, Run
from mlflow.types import Schema
from workshop import the_run

import mlsnap
from mlsnap import plugins
from mlsnap.errors import (
    DataIntegrityError,
    DatasetStateError,
    InvalidNameError,
    NoDataCopyError,
    NotFoundError,
)
from mlsnap.plugins import from_mlsnap
from mlsnap.services.snapshots import Snapshot

FRAME = pd.DataFrame({"x": [1, 2, 3], "y": [0.5, None, 1.5], "town": ["Ulm", "Ulm", "Bonn"]})


@pytest.fixture
def first(project: Path) -> Snapshot:
    wine = mlsnap.register_dataset("wine")
    return wine.create_snapshot("first", data=FRAME, create_data_snapshot=True)


def logged(snapshot: Snapshot) -> Run:
    with mlflow.start_run():
        mlsnap.log_snapshot(snapshot)
    return the_run()


def test_a_run_alone_leads_to_its_data(first: Snapshot) -> None:
    run = logged(first)

    source = mlflow.data.get_source(run.inputs.dataset_inputs[0])

    pd.testing.assert_frame_equal(source.load(), FRAME)
    pd.testing.assert_frame_equal(source.load(columns=["town", "x"]), FRAME[["town", "x"]])
    assert source.snapshot.to_arrow_table().num_rows == 3


def test_the_tracking_uri_that_is_set_in_mlflow_counts(
    first: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = logged(first)
    uri = mlflow.get_tracking_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")

    mlflow.set_tracking_uri(uri)
    try:
        loaded = mlflow.data.get_source(run.inputs.dataset_inputs[0]).load()
    finally:
        mlflow.set_tracking_uri(None)

    pd.testing.assert_frame_equal(loaded, FRAME)


def test_the_source_alone_and_the_address_of_a_snapshot_lead_to_it(first: Snapshot) -> None:
    (used,) = logged(first).inputs.dataset_inputs

    by_json = get_dataset_source_from_json(used.dataset.source, "mlsnap")
    by_address = resolve_dataset_source("mlsnap:/wine@first")

    for each in (by_json, by_address, resolve_dataset_source("mlsnap:/wine@latest")):
        pd.testing.assert_frame_equal(each.load(), FRAME)


def test_a_moving_reference_is_settled_when_it_is_logged(first: Snapshot) -> None:
    source = resolve_dataset_source("mlsnap:/wine@latest")
    with mlflow.start_run():
        mlflow.log_input(MetaDataset(source))

    (used,) = the_run().inputs.dataset_inputs
    stored = json.loads(used.dataset.source)
    assert stored == {"uri": "mlsnap:/wine@first", "run_id": first.run_id}


def test_a_snapshot_without_a_copy_is_read_from_its_source(project: Path) -> None:
    FRAME.to_parquet("wine.parquet")
    snapshot = mlsnap.register_dataset("wine", "wine.parquet").create_snapshot("first")
    source = mlflow.data.get_source(logged(snapshot).inputs.dataset_inputs[0])

    pd.testing.assert_frame_equal(source.load(), FRAME)
    assert list(source.load(columns=["y"]).columns) == ["y"]
    FRAME.head(2).to_parquet("wine.parquet")
    with pytest.raises(DataIntegrityError, match=r"wine\.parquet"):
        source.load()


def test_a_frame_without_a_copy_says_that_it_is_not_there(project: Path) -> None:
    snapshot = mlsnap.register_dataset("wine").create_snapshot("first", data=FRAME)
    source = mlflow.data.get_source(logged(snapshot).inputs.dataset_inputs[0])

    with pytest.raises(NoDataCopyError, match="wine@first has no copy of the data"):
        source.load()


def test_a_deleted_snapshot_is_told(first: Snapshot) -> None:
    source = mlflow.data.get_source(logged(first).inputs.dataset_inputs[0])
    mlsnap.get_dataset("wine").delete_snapshot("first", force=True)

    with pytest.raises(NotFoundError, match="it was deleted; its name stays taken"):
        source.load()


def test_a_renamed_experiment_does_not_hide_the_data_of_a_run(first: Snapshot) -> None:
    source = mlflow.data.get_source(logged(first).inputs.dataset_inputs[0])
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("mlsnap/wine")
    client.rename_experiment(experiment.experiment_id, "wine, the old one")

    pd.testing.assert_frame_equal(source.load(), FRAME)


def test_an_address_of_no_snapshot_is_told(first: Snapshot) -> None:
    with pytest.raises(NotFoundError, match=r"no snapshot 'frist'.*near names: 'first'"):
        resolve_dataset_source("mlsnap:/wine@frist").load()
    with pytest.raises(NotFoundError, match="is no reference to a snapshot"):
        resolve_dataset_source("mlsnap:/../wine.csv").load()


def test_a_snapshot_is_a_dataset_of_mlflow(first: Snapshot) -> None:
    dataset = from_mlsnap("wine@latest")

    assert (dataset.name, dataset.digest) == ("wine@first", first.digest[:32])
    assert dataset.source.to_dict() == {"uri": "mlsnap:/wine@first", "run_id": first.run_id}
    assert isinstance(dataset.schema, Schema)
    assert repr(dataset.schema) == "['x': long (required), 'y': double (optional), " + (
        "'town': string (required)]"
    )
    assert (dataset.profile["num_rows"], dataset.profile["num_columns"]) == (3, 3)
    pd.testing.assert_frame_equal(dataset.df, FRAME)
    assert dataset.load() is dataset.df


@pytest.mark.parametrize("form", ["name", "object", "address", "run"])
def test_a_dataset_is_made_of_any_reference(first: Snapshot, form: str) -> None:
    forms = {"name": "wine@first", "object": first, "address": "mlsnap:/wine@first"}
    given = forms[form] if form in forms else f"runs:/{logged(first).info.run_id}"

    assert from_mlsnap(given).name == "wine@first"


def test_a_logged_dataset_leads_back_to_its_snapshot(first: Snapshot) -> None:
    with mlflow.start_run() as run:
        mlflow.log_input(from_mlsnap(first), context="testing")

    (used,) = the_run().inputs.dataset_inputs
    assert {tag.key: tag.value for tag in used.tags} == {"mlflow.data.context": "testing"}
    pd.testing.assert_frame_equal(mlflow.data.get_source(used).load(), FRAME)
    found = first.runs()
    assert list(found["run_id"]) == [run.info.run_id]
    assert list(found["context"]) == ["testing"]
    assert mlsnap.compare(f"{run.info.run_id}#testing", "wine@first").identical


def test_another_name_is_refused_as_it_would_hide_the_run(first: Snapshot) -> None:
    assert from_mlsnap(first, name="wine@first").name == "wine@first"
    with pytest.raises(InvalidNameError, match="wine@first cannot be logged as 'reds'"):
        from_mlsnap(first, name="reds")


def test_it_is_the_same_input_as_the_one_that_mlsnap_logs(first: Snapshot) -> None:
    (own,) = logged(first).inputs.dataset_inputs

    entity = from_mlsnap(first)._to_mlflow_entity()

    assert isinstance(entity, Dataset)
    assert dict(entity) == dict(own.dataset)


def test_a_digest_is_checked(first: Snapshot) -> None:
    assert from_mlsnap("wine@first", digest=first.digest[:8]).digest == first.digest[:32]
    with pytest.raises(DataIntegrityError, match=f"has the digest {first.digest}, not 00"):
        from_mlsnap("wine@first", digest="00")


def test_an_archived_dataset_refuses(first: Snapshot) -> None:
    mlsnap.get_dataset("wine").archive()

    with pytest.raises(DatasetStateError, match="archived"):
        from_mlsnap("wine@first")


def test_a_table_without_columns_has_no_schema(project: Path) -> None:
    empty = pd.DataFrame()
    snapshot = mlsnap.register_dataset("none").create_snapshot("x", data=empty)

    assert from_mlsnap(snapshot).schema is None
    assert from_mlsnap(snapshot).profile["num_columns"] == 0


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # MLflow's
def test_a_model_is_evaluated_on_a_snapshot(first: Snapshot) -> None:
    dataset = from_mlsnap("wine@first", targets="y", predictions="x")

    evaluated = dataset.to_evaluation_dataset()
    given = dataset.to_pyfunc()

    assert (evaluated.name, evaluated.digest) == ("wine@first", first.digest[:32])
    assert list(evaluated.features_data.columns) == ["town"]
    assert list(given.inputs.columns) == ["x", "town"]


def test_mlflow_takes_the_constructor() -> None:
    registry = mlflow.data.dataset_registry.DatasetRegistry()

    registry.register_constructor(plugins.from_mlsnap)

    assert registry.constructors == {"from_mlsnap": plugins.from_mlsnap}
