"""Twenty processes that create snapshots with copies at one moment, while another collects garbage.

``python crowds.py`` in a project prints, as JSON, what became of the creations of each contest.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import forking
import pandas as pd

import mlsnap
from mlsnap.errors import MlsnapError

PROCESSES = 20


def frame(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"x": range(rows), "y": ["text"] * rows})


def one_content(number: int) -> str:
    return create("one", "same", 30)


def several_contents(number: int) -> str:
    return create("several", "contested", 30 + number)


def names(number: int) -> str:
    return create("names", f"s{number}", 30 + number % 5)


def datasets(number: int) -> str:
    return create(f"own-{number}", "first", 30 + number % 5)


CONTESTS = [one_content, several_contents, names, datasets]


def create(dataset: str, name: str, rows: int) -> str:
    made = mlsnap.get_dataset(dataset).create_snapshot(
        name, data=frame(rows), create_data_snapshot=True
    )
    return made.run_id


def attempt(contest: Callable[[int], str], number: int, gate: int) -> tuple[str, str]:
    """The run of the snapshot, or the error that was met."""
    mlsnap.search_datasets()
    os.read(gate, 1)
    try:
        return "made", contest(number)
    except MlsnapError as error:
        return type(error).__name__, error.fact


def race(contest: Callable[[int], str]) -> list[tuple[str, str]]:
    """How the contest ended for each of the processes, which begin together."""
    gate, start = os.pipe()
    runners = [forking.fork(partial(attempt, contest, number, gate)) for number in range(PROCESSES)]
    time.sleep(1)
    os.write(start, b"x" * PROCESSES)
    return [each.end().get() for each in runners]


def collect_until(stop: Path) -> int:
    """How often garbage was collected, of any age, until the file ``stop`` is there."""
    times = 0
    while not stop.exists():
        mlsnap.gc(dry_run=False, older_than="1s")
        times += 1
        time.sleep(0.2)
    return times


def begin() -> None:
    for name in ("one", "several", "names", *(f"own-{number}" for number in range(PROCESSES))):
        mlsnap.register_dataset(name)


def check() -> dict[str, int]:
    """The rows of each snapshot that is ready; all of them are whole."""
    found = {}
    for dataset in mlsnap.search_datasets():
        for snapshot in dataset.get_all_snapshots():
            found[f"{dataset.name}@{snapshot.name}"] = snapshot.row_count
            if snapshot.is_data_snapshot_available():
                assert snapshot.verify() == [], snapshot.reference
                pd.testing.assert_frame_equal(
                    snapshot.to_pandas_dataframe(), frame(snapshot.row_count)
                )
    return found


def main() -> None:
    logging.disable(logging.INFO)
    forking.warm_up()
    forking.run(begin).get()
    stop = Path("stop").absolute()
    collector = forking.fork(partial(collect_until, stop))
    ends = {contest.__name__: race(contest) for contest in CONTESTS}
    stop.touch()
    collected = collector.end().get()
    ready = forking.run(check).get()
    print(json.dumps({"ends": ends, "collected": collected, "ready": ready}))


if __name__ == "__main__":
    main()
