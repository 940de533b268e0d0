"""An index run that somebody deleted is there again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import NameTakenError, SourceError, TrackingError
from mlsnap.services.datasets import Dataset
from mlsnap.values.snapshot import Status

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def wine(project: Path) -> Dataset:
    """A dataset of files with three snapshots: a deleted one, one of a frame, a failed one."""
    FRAME.to_csv("wine.csv", index=False)
    wine = mlsnap.register_dataset("wine", "wine.csv", description="Reds")
    wine.create_snapshot("first")
    wine.create_snapshot("gone", data=FRAME + 1)
    wine.create_snapshot("frame", data=FRAME + 2, create_data_snapshot=True)
    wine.delete_snapshot("gone")
    with pytest.raises(NameTakenError):
        wine.create_snapshot("first", data=FRAME + 3)
    return wine


def index_run(wine: Dataset) -> str:
    experiment = mlflow.get_experiment_by_name(f"mlsnap/{wine.name}")
    return str(experiment.tags["mlsnap.index"])


def time_line(wine: Dataset, key: str) -> list[tuple[int, float, int]]:
    """Step, value and moment of each point."""
    history = mlflow.MlflowClient().get_metric_history(index_run(wine), key)
    return sorted((point.step, point.value, point.timestamp) for point in history)


def erase(run_id: str, database: Path) -> None:
    """Remove a run from MLflow's tables, as its garbage collection does."""
    with closing(sqlite3.connect(database)) as connection:
        for table in ("params", "tags", "metrics", "latest_metrics", "runs"):
            connection.execute(f"DELETE FROM {table} WHERE run_uuid = ?", [run_id])
        connection.commit()


def test_one_deleted_in_the_ui_is_restored_with_all_it_had(wine: Dataset) -> None:
    mlflow.delete_run(index_run(wine))

    again = mlsnap.get_dataset("wine")

    assert again.description == "Reds"
    assert [each.name for each in again.get_all_snapshots()] == ["frame", "first"]
    assert [each.name for each in mlsnap.search_datasets()] == ["wine"]


def test_one_removed_for_good_is_rebuilt_from_the_snapshots(wine: Dataset, tmp_path: Path) -> None:
    before = index_run(wine)
    erase(before, tmp_path / "mlflow.db")

    again = mlsnap.get_dataset("wine")

    assert index_run(wine) != before
    assert [each.name for each in again.get_all_snapshots()] == ["frame", "first"]
    assert again.get_snapshot("frame").to_pandas_dataframe().equals(FRAME + 2)
    assert again.get_definition().source == str(Path("wine.csv").absolute())


def test_a_rebuilt_one_keeps_names_taken_and_numbers_counting(
    wine: Dataset, tmp_path: Path
) -> None:
    erase(index_run(wine), tmp_path / "mlflow.db")
    again = mlsnap.get_dataset("wine")

    with pytest.raises(NameTakenError, match="'wine@gone' belonged to a snapshot that was deleted"):
        again.create_snapshot("gone", data=FRAME)
    with pytest.raises(NameTakenError, match="'wine@first' has other content"):
        again.create_snapshot("first", data=FRAME + 9)
    assert again.create_snapshot(data=FRAME).name == "v4"


def test_a_rebuilt_one_has_the_time_line(wine: Dataset, tmp_path: Path) -> None:
    before = time_line(wine, "rows")
    erase(index_run(wine), tmp_path / "mlflow.db")
    mlsnap.get_dataset("wine")

    assert [point[:2] for point in time_line(wine, "rows")] == [(1, 3), (3, 3)]
    assert set(time_line(wine, "rows")) < set(before)
    assert [point[:2] for point in time_line(wine, "drifted_to_previous")] == [(3, 0.0)]


def test_one_of_a_dataset_without_snapshots_is_rebuilt_too(project: Path, tmp_path: Path) -> None:
    beer = mlsnap.register_dataset("beer")
    erase(index_run(beer), tmp_path / "mlflow.db")

    assert mlsnap.get_dataset("beer").get_all_snapshots() == []
    assert mlsnap.get_dataset("beer").create_snapshot(data=FRAME).name == "v1"


def test_a_failed_creation_can_still_be_taken_up_after_a_rebuild(
    project: Path, tmp_path: Path
) -> None:
    beer = mlsnap.register_dataset("beer")
    with pytest.raises(SourceError):
        beer.create_snapshot("x")
    erase(index_run(beer), tmp_path / "mlflow.db")

    again = mlsnap.get_dataset("beer")

    assert again.get_snapshot("x").get_status() is Status.FAILED
    assert again.create_snapshot("x", data=FRAME).get_status() is Status.COMPLETED


def test_the_deleted_catalog_comes_back_with_the_next_dataset(wine: Dataset) -> None:
    catalog = mlflow.get_experiment_by_name("mlsnap")
    mlflow.delete_experiment(catalog.experiment_id)

    mlsnap.register_dataset("beer")

    assert [each.name for each in mlsnap.search_datasets()] == ["beer", "wine"]
    assert mlsnap.get_dataset("wine").description == "Reds"


def test_one_that_cannot_be_read_just_now_is_not_made_anew(
    wine: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    wine.archive()
    before = index_run(wine)

    def busy(*arguments: object) -> None:
        raise mlflow.MlflowException("the database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(mlflow.MlflowClient, "get_run", busy)
        with pytest.raises(TrackingError, match="the database is locked"):
            mlsnap.get_dataset("wine")

    assert index_run(wine) == before
    assert mlsnap.get_dataset("wine").state == "archived"


def test_an_experiment_of_somebody_elses_is_said_to_be_none(project: Path) -> None:
    mlflow.create_experiment("mlsnap/theirs")

    for use in (mlsnap.get_dataset, mlsnap.register_dataset):
        with pytest.raises(NameTakenError, match="'mlsnap/theirs' of MLflow is none of mlsnap's"):
            use("theirs")
