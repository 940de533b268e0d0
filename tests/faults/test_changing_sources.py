"""A source that grows while a snapshot of it is taken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import SourceError


@contextmanager
def growing(file: Path) -> Iterator[None]:
    """A writer that appends rows to a CSV file for as long as the block lasts."""
    ended, begun = threading.Event(), threading.Event()

    def write() -> None:
        with file.open("a") as rows:
            while not ended.wait(0.001):
                rows.write("1,text\n" * 10)
                rows.flush()
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def test_rows_that_are_appended_meanwhile_end_the_creation(project: Path) -> None:
    file = project / "people.csv"
    pd.DataFrame({"x": range(200_000), "y": ["text"] * 200_000}).to_csv(file, index=False)
    people = mlsnap.register_dataset("people", file)

    with growing(file), pytest.raises(SourceError, match=r"people\.csv.* changed") as no:
        people.create_snapshot("spring", create_data_snapshot=True)

    assert no.value.hint
    assert people.get_all_snapshots() == []
    assert people.get_snapshot("spring").get_status() == "Failed"
    made = people.create_snapshot("spring", create_data_snapshot=True)
    assert made.verify() == []
    assert made.to_pandas_dataframe().equals(pd.read_csv(file))
