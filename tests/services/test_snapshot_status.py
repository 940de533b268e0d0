"""A snapshot from the claim of its name to its end, however that comes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from workshop import run_python, start_python

import mlsnap
from mlsnap.errors import NameTakenError, NotFoundError, SnapshotFailedError, SourceError
from mlsnap.services.datasets import Dataset
from mlsnap.tracking import tags
from mlsnap.tracking.standing import SILENCE
from mlsnap.values.processes import this_process
from mlsnap.values.snapshot import Status

FRAME = pd.DataFrame({"x": [1, 2, 3]})


class SlowFrame:
    """A table that can be read once it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __deepcopy__(self, memo: object) -> SlowFrame:
        return self

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        assert self.released.wait(30)
        return pa.table({"x": [1, 2]}).__arrow_c_stream__(requested_schema)


def test_running_is_visible_while_it_is_created_and_lists_do_not_show_it(wine: Dataset) -> None:
    table = SlowFrame()

    made = wine.create_snapshot("x", data=table, wait=False)

    try:
        assert made.get_status() is Status.RUNNING
        assert mlsnap.get_dataset("wine").get_snapshot("x").get_status() is Status.RUNNING
        assert not made.is_data_snapshot_available()
        assert wine.get_all_snapshots() == []
        with pytest.raises(NameTakenError, match="'wine@x' is being created by another process"):
            wine.create_snapshot("x", data=FRAME)
        with pytest.raises(SnapshotFailedError, match="wine@x is Running, not Completed"):
            made.get_profile()
        with pytest.raises(SnapshotFailedError, match=r"not complete after 0\.1 s"):
            made.wait_for_completion(show_output=False, timeout=0.1)
    finally:
        table.released.set()
    assert made.wait_for_completion(show_output=False, status_update_frequency=0.05) is made
    assert made.row_count == 2
    assert [each.name for each in wine.get_all_snapshots()] == ["x"]


def test_waiting_prints_the_status_as_it_changes(
    wine: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    table = SlowFrame()
    made = wine.create_snapshot("x", data=table, wait=False)
    threading.Timer(0.3, table.released.set).start()

    made.wait_for_completion(status_update_frequency=0.1)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Action status: Running"
    assert lines[-1] == "Action status: Completed"


def test_without_waiting_a_frame_may_be_changed_at_once(wine: Dataset) -> None:
    frame = FRAME.copy()

    made = wine.create_snapshot("x", data=frame, wait=False)
    frame["x"] = np.nan

    made.wait_for_completion(show_output=False, status_update_frequency=0.05)
    assert made.digest == mlsnap.profile(FRAME).digest


def test_a_failure_without_waiting_is_said_by_the_status(project: Path) -> None:
    Path("broken.csv").write_text('x,y\n1,2\n"3')
    files = mlsnap.register_dataset("files", "broken.csv")

    made = files.create_snapshot("x", wait=False)

    with pytest.raises(SnapshotFailedError, match=r"files@x is Failed: SourceError: .*broken\.csv"):
        made.wait_for_completion(show_output=False, status_update_frequency=0.05)


def test_an_interrupted_creation_is_cancelled_and_can_be_taken_up(wine: Dataset) -> None:
    class Interrupted:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wine.create_snapshot("x", data=Interrupted())

    assert wine.get_snapshot("x").get_status() is Status.CANCELED
    assert wine.create_snapshot("x", data=FRAME).get_status() is Status.COMPLETED


KILLED = """
import os, signal, mlsnap

class Killer:
    def __arrow_c_stream__(self, requested_schema=None):
        os.kill(os.getpid(), signal.SIGKILL)

mlsnap.get_dataset("wine").create_snapshot("x", data=Killer(), create_data_snapshot=True)
"""


def test_a_creation_whose_process_died_has_failed_and_can_be_taken_up(
    wine: Dataset, project: Path
) -> None:
    process = start_python("-c", KILLED, at=project)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    dead = wine.get_snapshot("x")
    if this_process() is None:  # where this machine cannot tell that it has ended
        grow_old(dead.run_id)

    assert dead.get_status() is Status.FAILED
    with pytest.raises(SnapshotFailedError, match="the process that created it ended without a w"):
        dead.wait_for_completion(show_output=False)
    made = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)
    assert made.run_id == dead.run_id
    assert made.to_pandas_dataframe().equals(FRAME)
    assert [each.name for each in wine.get_all_snapshots()] == ["x"]


def test_a_creation_of_another_machine_has_failed_when_it_was_silent_for_long(
    project: Path, wine: Dataset
) -> None:
    start_python("-c", KILLED, at=project).communicate(timeout=60)
    far = wine.get_snapshot("x")
    mlflow.MlflowClient().set_tag(far.run_id, tags.PROCESS, "0123456789abcdef-1-1")

    assert far.get_status() is Status.RUNNING
    grow_old(far.run_id)
    assert far.get_status() is Status.FAILED


def test_a_dead_creation_is_taken_up_by_one_of_two(wine: Dataset) -> None:
    with pytest.raises(SourceError):
        wine.create_snapshot("x")
    table = SlowFrame()
    first = wine.create_snapshot("x", data=table, wait=False)
    try:
        with pytest.raises(NameTakenError, match="is being created by another process"):
            wine.create_snapshot("x", data=FRAME)
    finally:
        table.released.set()

    first.wait_for_completion(show_output=False, status_update_frequency=0.05)
    assert first.row_count == 2


def test_a_snapshot_taken_up_twice_after_two_deaths_is_completed(wine: Dataset) -> None:
    for _ in range(3):
        with pytest.raises(SourceError):
            wine.create_snapshot("x")

    assert wine.create_snapshot("x", data=FRAME).get_status() is Status.COMPLETED


def test_a_creator_that_wakes_up_late_leaves_the_finished_snapshot_alone(wine: Dataset) -> None:
    table = SlowFrame()
    late = wine.create_snapshot("x", data=table, wait=False)
    grow_old(late.run_id)
    taken_up = wine.create_snapshot("x", data=FRAME)

    table.released.set()
    for thread in threading.enumerate():
        if thread.name == f"mlsnap {late.reference}":
            thread.join()

    assert taken_up.get_status() is Status.COMPLETED
    found = mlsnap.get_dataset("wine").get_snapshot("x")
    assert found.digest == taken_up.digest
    assert found.row_count == len(FRAME)


LAST_ACT = """
import pandas as pd
import mlsnap
frame = pd.DataFrame({"x": [1, 2, 3]})
mlsnap.get_dataset("wine").create_snapshot("x", data=frame, create_data_snapshot=True, wait=False)
"""


def test_a_script_that_ends_at_once_still_finishes_its_snapshot(
    wine: Dataset, project: Path
) -> None:
    run_python("-c", LAST_ACT, at=project)

    assert wine.get_snapshot("x").get_status() is Status.COMPLETED
    assert wine.get_snapshot("x").to_pandas_dataframe().equals(FRAME)


def test_deleting_leaves_a_tombstone_under_the_name(wine: Dataset) -> None:
    made = wine.create_snapshot("x", data=FRAME)

    wine.delete_snapshot("x")

    assert made.get_status() is Status.DELETED
    assert wine.get_all_snapshots() == []
    with pytest.raises(NotFoundError, match=r"no snapshot 'x' in dataset 'wine'.*\n.*was deleted"):
        wine.get_snapshot("x")
    with pytest.raises(NotFoundError, match="it was deleted; its name stays taken"):
        wine.delete_snapshot("x")
    with pytest.raises(NameTakenError, match="'wine@x' belonged to a snapshot that was deleted"):
        wine.create_snapshot("x", data=FRAME)
    assert wine.create_snapshot(data=FRAME).name == "v2"


def test_the_tombstone_outlives_mlflows_own_garbage_collection(wine: Dataset) -> None:
    wine.create_snapshot("x", data=FRAME)
    wine.delete_snapshot("x")

    command = [sys.executable, "-m", "mlflow", "gc"]
    command += ["--backend-store-uri", mlflow.get_tracking_uri()]
    subprocess.run(command, check=True, capture_output=True)

    with pytest.raises(NotFoundError, match="it was deleted"):
        wine.get_snapshot("x")
    with pytest.raises(NameTakenError, match="was deleted"):
        wine.create_snapshot("x", data=FRAME)


def grow_old(run_id: str) -> None:
    """Make the last sign of life of a creation an old one."""
    past = str(time.time() - SILENCE - 1)
    mlflow.MlflowClient().set_tag(run_id, "mlsnap.heartbeat", past)
