"""How far a reading is reaches those who watch it, and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import mlsnap
from mlsnap.services import progress
from mlsnap.values.work import Work


class Watcher:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.totals: list[int | None] = []
        self.rows: list[float] = []

    @contextmanager
    def watch(self, work: Work) -> Iterator[Callable[[float], None]]:
        self.totals.append(work.total)
        yield self.rows.append


def read_hundred() -> None:
    with progress.reading(100) as step:
        step(60)
        step(40)


def test_a_watch_is_told_the_total_and_each_step() -> None:
    watcher = Watcher()

    with progress.watched_by(watcher.watch):
        read_hundred()

    assert (watcher.totals, watcher.rows) == ([100], [60, 40])


def test_threads_of_a_reading_reach_its_watch() -> None:
    watcher = Watcher()

    with (
        progress.watched_by(watcher.watch),
        progress.reading(None) as step,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(step, [0.5] * 100))

    assert watcher.totals == [None]
    assert sum(watcher.rows) == 50


def test_other_threads_have_no_part_in_a_watch() -> None:
    watcher = Watcher()

    with progress.watched_by(watcher.watch):
        thread = threading.Thread(target=read_hundred)
        thread.start()
        thread.join()

    assert watcher.totals == []


def test_an_inner_watch_goes_before_an_outer_one() -> None:
    outer, inner = Watcher(), Watcher()

    with progress.watched_by(outer.watch):
        with progress.watched_by(inner.watch):
            read_hundred()
        with progress.unwatched():
            read_hundred()

    assert (outer.totals, inner.totals) == ([], [100])


def test_an_error_goes_through() -> None:
    with pytest.raises(ZeroDivisionError), progress.reading(1) as step:
        step(1 / 0)


def test_profiling_a_table_says_all_its_rows() -> None:
    watcher = Watcher()

    with progress.watched_by(watcher.watch):
        mlsnap.profile(pd.DataFrame({"x": range(200_000), "y": "a"}))

    assert watcher.totals == [200_000]
    assert sum(watcher.rows) == pytest.approx(200_000)


@mlsnap.track
def train(frame: pd.DataFrame) -> dict[str, float]:
    return {"mean": mlsnap.profile(frame)["x"].mean}


@pytest.mark.filterwarnings("ignore::mlsnap.errors.MlsnapWarning")  # it is in no repository
def test_a_tracked_call_is_not_watched(project: Path) -> None:
    watcher = Watcher()

    with progress.watched_by(watcher.watch):
        train(pd.DataFrame({"x": [1, 2, 3]}))

    assert watcher.totals == []
