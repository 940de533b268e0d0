"""Snapshots that are created while the script goes on, and what ends them."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from workshop import start_python

import mlsnap
from mlsnap.errors import SnapshotFailedError
from mlsnap.services.datasets import Dataset
from mlsnap.services.workspace import open_workspace
from mlsnap.tracking import standing
from mlsnap.values.snapshot import Status

FRAME = pd.DataFrame({"x": [1, 2, 3]})

ENDLESS = """
import sys, time
import pyarrow as pa
import mlsnap

rows = pa.record_batch({"x": pa.array(range(1 << 17))})

class Endless:
    def __deepcopy__(self, memo):
        return self

    def __arrow_c_stream__(self, requested_schema=None):
        def batches():
            while True:
                yield rows
                time.sleep(0.05)
        schema = pa.schema({"x": pa.int64()})
        return pa.RecordBatchReader.from_batches(schema, batches()).__arrow_c_stream__()

made = mlsnap.get_dataset("wine").create_snapshot("x", data=Endless(), wait=False)
print(made.get_status(), flush=True)
"""


@pytest.fixture
def creator(wine: Dataset, project: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that creates the snapshot ``wine@x`` and has no end of it."""
    process = start_python("-c", ENDLESS, at=project)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "Running\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_creation_has_failed_as_soon_as_that_is_certain(
    wine: Dataset, creator: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    creator.send_signal(signal.SIGKILL)
    creator.wait(timeout=60)
    killed = wine.get_snapshot("x")

    monkeypatch.setattr(standing, "SILENCE", 2.0)

    with pytest.raises(SnapshotFailedError, match="wine@x is Failed: the process that created it"):
        killed.wait_for_completion(show_output=False, status_update_frequency=0.1, timeout=30)
    assert killed.get_status() is Status.FAILED
    assert wine.get_all_snapshots() == []
    assert wine.create_snapshot("x", data=FRAME).get_status() is Status.COMPLETED


def test_a_creation_that_is_alive_stays_running(
    wine: Dataset, creator: subprocess.Popen[str]
) -> None:
    running = wine.get_snapshot("x")
    with pytest.raises(SnapshotFailedError, match=r"wine@x is not complete after 0\.3 s"):
        running.wait_for_completion(show_output=False, status_update_frequency=0.1, timeout=0.3)
    assert running.get_status() is Status.RUNNING


def test_ctrl_c_at_the_end_of_a_script_cancels_what_it_still_creates(
    wine: Dataset, creator: subprocess.Popen[str]
) -> None:
    canceled = wine.get_snapshot("x")
    time.sleep(1)  # until the script has come to its end, and waits
    creator.send_signal(signal.SIGINT)
    creator.wait(timeout=60)

    assert canceled.get_status() is Status.CANCELED
    with pytest.raises(SnapshotFailedError, match="wine@x is Canceled: KeyboardInterrupt: the pro"):
        canceled.wait_for_completion(show_output=False)
    assert wine.create_snapshot("x", data=FRAME).run_id == canceled.run_id


def test_an_error_while_it_is_created_is_told_to_who_waits(wine: Dataset) -> None:
    class Broken:
        def __deepcopy__(self, memo: object) -> Broken:
            return self

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise ZeroDivisionError("out of rows")

    made = wine.create_snapshot("x", data=Broken(), wait=False)

    with pytest.raises(SnapshotFailedError, match=r"wine@x is Failed: .*out of rows"):
        made.wait_for_completion(show_output=False, status_update_frequency=0.05, timeout=30)
    assert made.get_status() is Status.FAILED


def test_a_new_attempt_does_not_give_the_reason_of_the_one_before(wine: Dataset) -> None:
    with pytest.raises(mlsnap.errors.SourceError):
        wine.create_snapshot("x", data=object())
    failed = wine.get_snapshot("x")
    workspace = open_workspace()

    assert workspace.creations.take_up(workspace.catalog.get("wine"), "x")

    assert "without a word" in workspace.snapshots.error(failed.run_id)


def test_several_are_created_beside_each_other(wine: Dataset) -> None:
    frames = {f"s{each}": pd.DataFrame({"x": range(each, 1000)}) for each in range(4)}

    made = [wine.create_snapshot(name, data=each, wait=False) for name, each in frames.items()]
    for each in made:
        each.wait_for_completion(show_output=False, status_update_frequency=0.05, timeout=60)

    assert {each.name: each.row_count for each in made} == {
        name: len(frame) for name, frame in frames.items()
    }
    assert (
        len({mlsnap.get_dataset("wine").get_snapshot(name).record.number for name in frames}) == 4
    )
