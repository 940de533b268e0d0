"""Bytes that are moved or checked reach those who watch, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlsnap.services import progress
from mlsnap.services.datasets import Dataset
from mlsnap.services.snapshots import Snapshot
from mlsnap.values.work import Work


class Watcher:
    """Remembers the works that moved bytes, and how many of them were said to be done."""

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.done: list[float] = []

    @contextmanager
    def watch(self, work: Work) -> Iterator[Callable[[float], None]]:
        if work.unit == "rows":
            yield lambda count: None
            return
        self.works.append(work)
        yield self.done.append


@pytest.fixture
def kept(wine: Dataset) -> Snapshot:
    frame = pd.DataFrame({"x": np.random.default_rng(3).normal(size=50_000)})
    return wine.create_snapshot("kept", data=frame, create_data_snapshot=True)


def size_of(snapshot: Snapshot) -> int:
    assert snapshot.record.data is not None
    return snapshot.record.data.size


READING = {
    "table": ("fetching", lambda snapshot: snapshot.to_arrow_table()),
    "frame": ("fetching", lambda snapshot: snapshot.to_pandas_dataframe()),
    "files": ("fetching", lambda snapshot: snapshot.download("copy")),
    "verify": ("checking", lambda snapshot: snapshot.verify()),
}


@pytest.mark.parametrize("way", READING)
def test_all_bytes_of_a_copy_are_counted(kept: Snapshot, project: Path, way: str) -> None:
    watcher = Watcher()
    doing, read = READING[way]

    with progress.watched_by(watcher.watch):
        read(kept)

    assert watcher.works == [Work(doing, "bytes", size_of(kept))]
    assert sum(watcher.done) == size_of(kept)


def test_sent_bytes_are_counted(wine: Dataset) -> None:
    watcher = Watcher()

    with progress.watched_by(watcher.watch):
        made = wine.create_snapshot(
            "sent", data=pd.DataFrame({"x": range(30_000)}), create_data_snapshot=True
        )

    assert [(work.doing, work.unit) for work in watcher.works] == [("sending", "bytes")]
    assert sum(watcher.done) == size_of(made)


def test_the_first_rows_are_a_short_transfer(kept: Snapshot) -> None:
    assert kept.record.data is not None
    watcher = Watcher()

    with progress.watched_by(watcher.watch):
        kept.head()

    assert [work.total for work in watcher.works] == [kept.record.data.parts[0].size]
    assert len(kept.record.data.parts) > 1


def test_batches_are_at_the_pace_of_their_loop_and_have_no_bar(kept: Snapshot) -> None:
    watcher = Watcher()

    with progress.watched_by(watcher.watch):
        assert sum(batch.num_rows for batch in kept.iter_batches()) == 50_000

    assert watcher.works == []


def test_nothing_is_printed_where_nobody_watches(
    kept: Snapshot, capfd: pytest.CaptureFixture[str]
) -> None:
    kept.to_arrow_table()
    kept.verify()
    assert capfd.readouterr() == ("", "")
