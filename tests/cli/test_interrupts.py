"""Ctrl-C in the middle of a command: quickly over, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import PATIENCE, Ended

import mlsnap
from mlsnap.values.snapshot import Status

GROUP = 1 << 17


@pytest.fixture(scope="module")
def big_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table that is read for a while: 4 million rows."""
    return write(tmp_path_factory.mktemp("big") / "big.parquet", groups=32)


@pytest.fixture(scope="module")
def middling_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table that is copied for a while."""
    return write(tmp_path_factory.mktemp("middling") / "middling.parquet", groups=4)


def write(file: Path, *, groups: int) -> Path:
    random = np.random.default_rng(0)
    columns = {
        f"x{each}": random.normal(size=1000)[random.integers(0, 1000, GROUP)] for each in range(12)
    }
    table = pa.table(columns)
    with pq.ParquetWriter(file, table.schema) as writer:
        for _ in range(groups):
            writer.write_table(table)
    return file


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder for temporary files of the command."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def interrupted(
    *words: str | Path, when: Callable[[subprocess.Popen[str]], bool], temporary: Path
) -> Ended:
    """Run ``mlsnap`` and press Ctrl-C once ``when`` is true of its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mlsnap", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    try:
        wait_until(lambda: process.poll() is not None or when(process))
        assert process.poll() is None, "it was over before it could be interrupted"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()
    return Ended(process.returncode, out, err)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def opened(file: Path) -> Callable[[subprocess.Popen[str]], bool]:
    """Whether the process has the file open: it is reading."""

    def is_open(process: subprocess.Popen[str]) -> bool:
        for each in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                if each.readlink() == file:
                    return True
            except OSError:
                pass
        return False

    return is_open


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="what a process reads is seen in /proc"
)


def test_an_interrupted_profile_leaves_nothing_behind(
    project: Path, big_file: Path, temporary: Path
) -> None:
    before = sorted(project.rglob("*"))

    ended = interrupted(
        *("profile", big_file, "--html", "p.html"), when=opened(big_file), temporary=temporary
    )

    assert ended == Ended(130, "", "\nInterrupted.\n")
    assert list(temporary.iterdir()) == []
    assert sorted(project.rglob("*")) == before


def test_an_interrupted_snapshot_is_canceled_and_its_name_can_be_taken_up(
    project: Path, tmp_path: Path, big_file: Path, temporary: Path
) -> None:
    mlsnap.register_dataset("big", big_file)

    ended = interrupted(
        *("snapshot", "big", "--name", "x", "--data"), when=opened(big_file), temporary=temporary
    )

    assert (ended.code, ended.err) == (130, "\nInterrupted.\n")
    assert list(temporary.iterdir()) == []
    assert [each for each in (tmp_path / "store").rglob("*") if each.is_file()] == []
    big = mlsnap.get_dataset("big")
    assert big.get_all_snapshots() == []
    canceled = big.get_snapshot("x")
    assert canceled.get_status() is Status.CANCELED
    assert mlflow.get_run(canceled.run_id).info.status == "KILLED"
    assert mlflow.MlflowClient().list_artifacts(canceled.run_id) == []
    taken_up = big.create_snapshot("x", data=pa.table({"x": [1]}))
    assert taken_up.run_id == canceled.run_id
    assert taken_up.get_status() is Status.COMPLETED


def test_a_snapshot_interrupted_while_its_copy_is_made_leaves_no_file_behind(
    project: Path, tmp_path: Path, middling_file: Path, temporary: Path
) -> None:
    mlsnap.register_dataset("big", middling_file)
    store = tmp_path / "store"

    ended = interrupted(
        *("snapshot", "big", "--name", "x", "--data"),
        when=lambda process: any(store.glob("remote/mlsnap/files/md5/*/*")),
        temporary=temporary,
    )

    assert ended.code == 130
    assert list(temporary.iterdir()) == []
    assert [each for each in store.rglob("*") if "tmp" in each.name] == []
    assert list(store.glob("remote/mlsnap/marks/*")) == []
    assert mlsnap.get_dataset("big").get_snapshot("x").get_status() is Status.CANCELED
