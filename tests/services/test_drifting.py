"""Drift over snapshots, runs and batches, from stored profiles."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

import mlsnap
from mlsnap.errors import MlsnapError, NotFoundError, SourceError
from mlsnap.services.datasets import Dataset
from mlsnap.values.drift import Drift


def week(shift: float) -> pd.DataFrame:
    town = ["Rome", "Oslo", "Oslo", "Bonn"] if shift < 2 else ["Rome", "Rome", "Rome", "Bonn"]
    return pd.DataFrame({"age": [20.0 + shift, 30.0 + shift, 40.0 + shift, None], "town": town})


def fill(wine: Dataset) -> Dataset:
    """Give a dataset three snapshots, each a year older than the one before."""
    for number in range(3):
        wine.create_snapshot(data=week(number))
    return wine


def train(weeks: Dataset) -> list[str]:
    """Ids of runs of the experiment ``lab``: two trained on v2, one on v1; between, one on none."""
    lab, made = MlflowClient().create_experiment("lab"), []
    for name in ("v2", None, "v2", "v1"):
        with mlflow.start_run(experiment_id=lab) as run:
            if name:
                mlsnap.log_snapshot(weeks.get_snapshot(name))
                made.append(run.info.run_id)
    return made


@pytest.fixture
def weeks(wine: Dataset) -> Dataset:
    return fill(wine)


@pytest.fixture
def trainings(weeks: Dataset) -> list[str]:
    return train(weeks)


@pytest.fixture(scope="module")
def history(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The same dataset and runs, in a project that no test changes; ids of the runs."""
    folder = tmp_path_factory.mktemp("history")
    shutil.copy(empty_database, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patched.setenv("MLSNAP_DATA_DIRECTORY", str(folder / "store"))
        yield train(fill(mlsnap.register_dataset("wine")))


def moved(drift: Drift) -> list[float | None]:
    return drift.series("age", "mean")


def names(drift: Drift) -> list[str]:
    return [step.name.partition(" ")[0] for step in drift]


def points(run_id: str, key: str) -> list[tuple[int, float]]:
    found = MlflowClient().get_metric_history(run_id, key)
    return [(each.step, each.value) for each in found]


def test_the_snapshots_of_a_dataset_are_compared_with_the_first(history: list[str]) -> None:
    drift = mlsnap.drift("wine")

    assert names(drift) == ["wine@v1", "wine@v2", "wine@v3"]
    assert moved(drift) == [None, 1.0, 2.0]
    assert drift.dataset == "wine"


def test_a_step_knows_its_number_moment_and_rows(history: list[str]) -> None:
    step = mlsnap.drift(mlsnap.get_dataset("wine")).steps[1]

    assert (step.number, step.rows) == (2, 4)
    assert step.at == mlsnap.get_dataset("wine").get_snapshot("v2").record.created


def test_each_can_be_compared_with_the_one_before(history: list[str]) -> None:
    assert moved(mlsnap.drift("wine", against="previous")) == [None, 1.0, 1.0]


@pytest.mark.parametrize("baseline", ["wine@v2", "v2", "wine@latest~1"])
def test_each_can_be_compared_with_a_named_baseline(history: list[str], baseline: str) -> None:
    drift = mlsnap.drift("wine", against=baseline)

    assert drift.against == "wine@v2"
    assert moved(drift) == [-1.0, 0.0, 1.0]


def test_only_the_newest_can_be_looked_at(history: list[str]) -> None:
    assert names(mlsnap.drift("wine", last=2)) == ["wine@v2", "wine@v3"]


def test_deleted_snapshots_are_no_steps(weeks: Dataset) -> None:
    weeks.delete_snapshot("v2")

    assert [step.number for step in mlsnap.drift("wine")] == [1, 3]


def test_a_snapshot_that_lost_its_profile_is_left_out_and_named(weeks: Dataset) -> None:
    run = mlflow.get_run(weeks.get_snapshot("v2").run_id)
    shutil.rmtree(Path(run.info.artifact_uri) / "mlsnap")

    drift = mlsnap.drift("wine")

    assert names(drift) == ["wine@v1", "wine@v3"]
    assert drift.left_out == ("wine@v2 has lost its profile",)


def test_one_snapshot_is_one_step_with_nothing_to_compare_it_with(wine: Dataset) -> None:
    wine.create_snapshot(data=week(0))

    (step,) = mlsnap.drift("wine")

    assert step.difference is None


def test_a_dataset_without_snapshots_has_nothing_to_follow(wine: Dataset) -> None:
    with pytest.raises(NotFoundError, match="nothing to follow in wine"):
        mlsnap.drift("wine")


def test_an_unknown_dataset_is_named_with_near_ones(history: list[str]) -> None:
    with pytest.raises(NotFoundError, match="no dataset 'wne'; near names: 'wine'"):
        mlsnap.drift("wne")


def test_runs_are_steps_in_the_given_order(history: list[str]) -> None:
    drift = mlsnap.drift(runs=[history[2], f"runs:/{history[0]}"])

    assert moved(drift) == [None, 1.0]
    assert [step.run_id for step in drift] == [history[2], history[0]]


def test_runs_are_compared_even_when_the_snapshots_are_gone(
    trainings: list[str], weeks: Dataset
) -> None:
    for name in ("v1", "v2"):
        weeks.delete_snapshot(name, force=True)

    assert moved(mlsnap.drift(runs=trainings)) == [None, 0.0, -1.0]


def test_runs_on_one_snapshot_share_its_profile_also_where_one_has_lost_it(
    trainings: list[str],
) -> None:
    run = mlflow.get_run(trainings[1])
    shutil.rmtree(Path(run.info.artifact_uri) / "mlsnap")

    assert moved(mlsnap.drift(runs=trainings)) == [None, 0.0, -1.0]


def test_a_named_run_that_has_lost_its_profile_is_an_error(trainings: list[str]) -> None:
    run = mlflow.get_run(trainings[2])
    shutil.rmtree(Path(run.info.artifact_uri) / "mlsnap")

    with pytest.raises(NotFoundError, match=r"wine@v1 .* has lost its profile"):
        mlsnap.drift(runs=trainings)


def test_a_run_without_snapshots_cannot_be_named(history: list[str]) -> None:
    every = mlflow.search_runs(experiment_names=["lab"], output_format="list")
    (other,) = {run.info.run_id for run in every} - set(history)

    with pytest.raises(NotFoundError, match="has no snapshot among its inputs"):
        mlsnap.drift(runs=[other])


def test_what_is_no_run_cannot_be_named(history: list[str]) -> None:
    with pytest.raises(NotFoundError, match=r"'wine@v1' is no run"):
        mlsnap.drift(runs=["wine@v1"])


def test_the_runs_of_an_experiment_are_followed_from_the_oldest(history: list[str]) -> None:
    drift = mlsnap.drift(experiment="lab")

    assert [step.run_id for step in drift] == history
    assert drift.left_out == ("1 run left out: no single input, and none named 'training'",)


def test_an_experiment_can_be_given_by_its_id(history: list[str]) -> None:
    found = MlflowClient().get_experiment_by_name("lab")

    drift = mlsnap.drift(experiment=found.experiment_id, last=1)

    assert [step.run_id for step in drift] == history[-1:]


def test_one_of_several_inputs_is_picked_by_its_context(weeks: Dataset) -> None:
    with mlflow.start_run() as run:
        mlsnap.log_snapshot(weeks.get_snapshot("v1"))
        mlsnap.log_snapshot(weeks.get_snapshot("v3"), context="testing")

    drift = mlsnap.drift(experiment="Default", context="testing", against="wine@v1")

    assert [step.run_id for step in drift] == [run.info.run_id]
    assert moved(drift) == [2.0]


def test_an_unknown_experiment_is_named_with_near_ones(history: list[str]) -> None:
    with pytest.raises(NotFoundError, match=r"no experiment 'Defalt'.*near names: 'Default'"):
        mlsnap.drift(experiment="Defalt")


def test_batches_are_compared_with_what_a_registered_model_was_trained_on(
    trainings: list[str], tmp_path: Path
) -> None:
    client = MlflowClient()
    client.create_registered_model("grapes")
    client.create_model_version("grapes", "somewhere", run_id=trainings[0])
    for number in (1, 2):
        week(number).to_parquet(tmp_path / f"{number}.parquet")

    drift = mlsnap.drift([tmp_path / "1.parquet", week(5)], against="models:/grapes/1")

    assert moved(drift) == [0.0, 4.0]
    assert drift.against == "wine@v2 (models:/grapes/1)"
    assert drift.steps[1].name == "table 2"


def test_columns_are_chosen_over_the_whole_series() -> None:
    series = [week(0), week(0).assign(new=1), week(1).assign(new=2)]

    drift = mlsnap.drift(series, include_columns=["n*"])

    assert drift.columns == ["new"]


def test_a_column_of_no_step_cannot_be_chosen() -> None:
    with pytest.raises(NotFoundError, match=r"'gae'.*near names: 'age'"):
        mlsnap.drift([week(0), week(1)], exclude_columns=["gae"])


def test_columns_that_come_go_and_change_their_type_are_told_apart() -> None:
    drift = mlsnap.drift(
        [week(0), week(0).drop(columns="town"), week(0).assign(age=["a", "b", "c", "d"], new=1)]
    )

    second, third = drift.steps[1].difference, drift.steps[2].difference
    assert second is not None
    assert second.removed == ("town",)
    assert third is not None
    assert third.added == ("new",)
    assert [each.name for each in third.retyped] == ["age"]
    assert set(drift.columns) == {"age", "town", "new"}


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"what": "wine", "experiment": "lab"},
        {"what": "wine", "last": 0},
        {"what": "wine", "context": "training"},
    ],
)
def test_a_question_that_asks_for_no_or_two_series_is_refused(question: dict[str, object]) -> None:
    with pytest.raises(SourceError):
        mlsnap.drift(**question)  # type: ignore[arg-type]


def test_the_limits_of_the_project_are_those_of_the_series(weeks: Dataset, project: Path) -> None:
    (project / ".mlsnap").mkdir()
    (project / ".mlsnap" / "config.toml").write_text('fail_on = ["age.mean>1.5"]\n')

    check = mlsnap.drift("wine").check()

    assert [each.step for each in check.exceeded] == ["wine@v3"]


def test_a_column_of_a_series_is_looked_up_by_name(history: list[str]) -> None:
    drift = mlsnap.drift("wine")

    assert drift["town"].measure == "total_variation"
    assert drift["age"].measure == "kolmogorov_smirnov"
    with pytest.raises(NotFoundError, match="no step compares a column 'twn'; near names: 'town'"):
        drift["twn"]
    with pytest.raises(NotFoundError, match="no measure 'men' of column 'age'; near names: 'mean'"):
        drift.series("age", "men")


def test_a_drift_is_a_frame_in_long_form(history: list[str]) -> None:
    frame = mlsnap.drift("wine").to_pandas()

    assert list(frame.columns[:6]) == ["number", "name", "at", "column", "type", "drifted"]
    assert list(frame[frame["column"] == "age"]["mean"]) == [1.0, 2.0]


def test_a_drift_of_a_dataset_is_logged_to_its_index_run(weeks: Dataset) -> None:
    run_id = mlsnap.log_drift(mlsnap.drift("wine"))

    assert MlflowClient().get_run(run_id).info.run_name == "wine"
    assert points(run_id, "rows") == [(1, 4.0), (2, 4.0), (3, 4.0)]
    assert [step for step, _ in points(run_id, "drift_to_first/age/kolmogorov_smirnov")] == [2, 3]
    assert points(run_id, "drift_to_first/town/total_variation") == [(2, 0.0), (3, 0.5)]


def test_logging_a_drift_again_changes_nothing(weeks: Dataset) -> None:
    drift = mlsnap.drift("wine")

    run_id = mlsnap.log_drift(drift)
    once = points(run_id, "drifted_to_first")
    mlsnap.log_drift(drift)

    assert len(once) == 2
    assert points(run_id, "drifted_to_first") == once


def test_a_drift_is_logged_to_the_active_run_if_there_is_one(weeks: Dataset) -> None:
    with mlflow.start_run() as run:
        assert mlsnap.log_drift(mlsnap.drift("wine", against="previous")) == run.info.run_id

    assert len(points(run.info.run_id, "drifted_to_previous")) == 2


def test_a_drift_of_batches_is_logged_to_a_run_of_its_own(project: Path) -> None:
    odd = "share % of (😀)"
    batches = [week(number).rename(columns={"age": odd}) for number in range(2)]

    run = MlflowClient().get_run(mlsnap.log_drift(mlsnap.drift(batches)))

    assert (run.info.run_name, run.info.status) == ("2 tables", "FINISHED")
    assert {key.partition("/")[0] for key in run.data.metrics} == {
        "drift_to_first",
        "drifted_to_first",
    }
    assert any("share_of" in key for key in run.data.metrics)


def test_a_drift_cannot_be_logged_to_a_run_that_is_not_there(weeks: Dataset) -> None:
    with pytest.raises(MlsnapError, match=r"no run '0{32}'"):
        mlsnap.log_drift(mlsnap.drift("wine"), run_id="0" * 32)
