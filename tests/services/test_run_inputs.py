"""Snapshots taken, loaded and logged inside of runs."""

from __future__ import annotations

import threading
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import DataIntegrityError, NoDataCopyError, NotFoundError
from mlsnap.services.datasets import Dataset

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def crime(project: Path) -> Dataset:
    FRAME.to_csv("crime.csv", index=False)
    return mlsnap.register_dataset("crime", "crime.csv")


def change_source() -> None:
    (FRAME + 100).to_csv("crime.csv", index=False)


def test_a_snapshot_taken_in_a_run_is_logged_to_it(crime: Dataset) -> None:
    with mlflow.start_run():
        snapshot = crime.create_snapshot("x")

    run = the_run()
    assert linked(run) == {"training": "crime@x"}
    assert run.data.tags["mlsnap.digest.training"] == snapshot.digest
    assert [each.dataset.name for each in run.inputs.dataset_inputs] == ["crime@x"]
    profile = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/mlsnap/training/profile.json")
    assert profile == snapshot.get_profile().to_dict()


def test_a_snapshot_taken_without_waiting_is_logged_to_the_run_of_the_call(crime: Dataset) -> None:
    with mlflow.start_run():
        snapshot = crime.create_snapshot("x", wait=False)
        snapshot.wait_for_completion(show_output=False, status_update_frequency=0.05)
        for thread in threading.enumerate():
            if thread.name.startswith("mlsnap"):
                thread.join()

    assert linked(the_run()) == {"training": "crime@x"}


def test_a_snapshot_taken_outside_of_runs_makes_none(crime: Dataset) -> None:
    crime.create_snapshot("x")

    assert training_runs() == []


def test_several_snapshots_in_a_run_keep_their_contexts_apart(
    crime: Dataset, wine: Dataset
) -> None:
    with mlflow.start_run():
        crime.create_snapshot("x")
        wine.create_snapshot("y", data=FRAME)
        wine.create_snapshot("z", data=FRAME + 1)
        wine.create_snapshot("y", data=FRAME)

    assert linked(the_run()) == {"training": "crime@x", "wine": "wine@y", "wine-z": "wine@z"}


def test_loading_reads_the_copy_though_the_source_changed(crime: Dataset) -> None:
    crime.create_snapshot("x", create_data_snapshot=True)
    change_source()

    assert mlsnap.load("crime@x").equals(FRAME)


def test_loading_without_a_copy_reads_the_unchanged_source(crime: Dataset) -> None:
    crime.create_snapshot("x")

    assert mlsnap.load("crime@latest").equals(FRAME)


def test_loading_without_a_copy_refuses_a_changed_source(crime: Dataset) -> None:
    crime.create_snapshot("x")
    change_source()

    with pytest.raises(DataIntegrityError) as no:
        mlsnap.load("crime@x")

    assert "crime.csv is not what crime@x recorded: digest " in str(no.value)
    assert "`mlsnap compare crime@x PATH`" in no.value.hint


def test_loading_a_frame_of_which_no_copy_was_taken_is_refused(wine: Dataset) -> None:
    wine.create_snapshot("x", data=FRAME)

    with pytest.raises(NoDataCopyError, match="no copy of the data, and its source was a frame"):
        mlsnap.load("wine@x")


def test_the_data_of_a_snapshot_without_a_copy_is_refused(crime: Dataset) -> None:
    snapshot = crime.create_snapshot("x")

    assert not snapshot.is_data_snapshot_available()
    with pytest.raises(NoDataCopyError, match="crime@x holds a profile but no copy of the data\nH"):
        snapshot.to_pandas_dataframe()


def test_loading_in_a_run_links_what_was_loaded(crime: Dataset) -> None:
    crime.create_snapshot("x")

    with mlflow.start_run():
        mlsnap.load("crime@latest", context="validation")

    assert linked(the_run()) == {"validation": "crime@x"}
    assert list(crime.get_snapshot("x").runs()["context"]) == ["validation"]


def test_two_snapshots_loaded_for_the_same_context_are_both_linked(
    crime: Dataset, wine: Dataset
) -> None:
    crime.create_snapshot("x")
    wine.create_snapshot("y", data=FRAME, create_data_snapshot=True)

    with mlflow.start_run():
        mlsnap.load("crime@x")
        mlsnap.load("wine@y")

    assert linked(the_run()) == {"training": "crime@x", "wine": "wine@y"}


def test_a_frame_comes_back_as_it_was_handed_over(wine: Dataset) -> None:
    frame = pd.DataFrame(
        {"kind": pd.Categorical(["b", "a"], categories=["b", "a", "c"], ordered=True)},
        index=pd.Index(["r1", "r2"], name="row"),
    )
    wine.create_snapshot("x", data=frame, create_data_snapshot=True)

    pd.testing.assert_frame_equal(mlsnap.load("wine@x"), frame)


def test_a_snapshot_can_be_logged_as_an_input(crime: Dataset) -> None:
    snapshot = crime.create_snapshot("x")

    with mlflow.start_run():
        assert mlsnap.log_snapshot(snapshot, context="validation") is snapshot

    assert linked(the_run()) == {"validation": "crime@x"}


def test_a_frame_can_be_logged_as_an_input_of_a_named_dataset(project: Path) -> None:
    with mlflow.start_run():
        mlsnap.log_snapshot(FRAME, context="validation", dataset="holdout")
        mlsnap.log_snapshot(FRAME + 1, context="testing")

    assert linked(the_run()) == {"validation": "holdout@v1", "testing": "testing@v1"}


def test_logging_without_a_run_is_refused(crime: Dataset) -> None:
    with pytest.raises(NotFoundError, match="no MLflow run is active\nHint: call it inside"):
        mlsnap.log_snapshot(FRAME)


def test_two_calls_of_log_snapshot_for_one_context_are_both_kept(project: Path) -> None:
    with mlflow.start_run():
        mlsnap.log_snapshot(FRAME, context="validation", dataset="a")
        mlsnap.log_snapshot(FRAME + 1, context="validation", dataset="b")

    assert linked(the_run()) == {"validation": "a@v1", "b": "b@v1"}
