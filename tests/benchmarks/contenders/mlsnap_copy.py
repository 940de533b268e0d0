"""A snapshot with a copy of the data, in an MLflow and a remote of its own.

Arguments: the file; what happens to its rows between the first copy and the one that is measured
(`CHANGES`), ``file`` for a file nobody touched, or ``back`` for reading a copy; and ``alone`` for
the time of the copy without that of the profile and the record. But for ``file``, the table is in
memory when the clock starts.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from changes import CHANGES, Change

import mlsnap
from mlsnap.services.copies import pushing


class Clock:
    """CPU seconds of all threads and wall seconds, of what it was told to measure."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __call__(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            return work(*arguments, **named)
        finally:
            self.cpu, self.wall = time.process_time() - cpu, time.perf_counter() - wall


def copied(table: pa.Table, change: Change, clock: Clock, *, alone: bool) -> int:
    """Bytes that the second copy added to the remote; the only one where there is no first."""
    dataset = mlsnap.register_dataset("trips")
    before, after = change(table)
    if before is not None:
        dataset.create_snapshot("before", data=before, create_data_snapshot=True)
    held = _stored()
    push = pushing.push_table
    if alone:
        pushing.push_table = lambda *given, **named: clock(push, *given, **named)
        dataset.create_snapshot("after", data=after, create_data_snapshot=True)
    else:
        clock(dataset.create_snapshot, "after", data=after, create_data_snapshot=True)
    return _stored() - held


def unchanged_file(path: str, clock: Clock) -> int:
    """The same for a file that nobody touched since its first snapshot."""
    dataset = mlsnap.register_dataset("trips", path)
    dataset.create_snapshot("before", create_data_snapshot=True)
    held = _stored()
    clock(dataset.create_snapshot, "after", create_data_snapshot=True)
    return _stored() - held


def read_back(table: pa.Table, clock: Clock) -> int:
    """A copy as an Arrow table; nothing is sent."""
    dataset = mlsnap.register_dataset("trips")
    made = dataset.create_snapshot("all", data=table, create_data_snapshot=True)
    del table
    back = clock(made.to_arrow_table)
    assert back.num_rows == made.row_count
    return 0


def _stored() -> int:
    return sum(file.stat().st_size for file in Path("store").rglob("*") if file.is_file())


def main() -> None:
    path, what, *more = sys.argv[1:]
    path = str(Path(path).absolute())
    shape = pq.read_metadata(path)
    clock = Clock()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{scratch}/mlflow.db"
        os.environ["MLSNAP_DATA_DIRECTORY"] = f"{scratch}/store"
        os.environ["MLSNAP_CACHE_DIRECTORY"] = f"{scratch}/cache"
        if what == "file":
            os.environ["MLSNAP_REMEMBER_FILES"] = "true"  # which is what it measures
            sent = unchanged_file(path, clock)
        elif what == "back":
            sent = read_back(pq.read_table(path), clock)
        else:
            sent = copied(pq.read_table(path), CHANGES[what], clock, alone="alone" in more)
        os.chdir("/")
    figures = {"cpu": clock.cpu, "wall": clock.wall, "sent": sent / 2**20}
    versions = {"mlsnap": mlsnap.__version__, "pyarrow": pa.__version__}
    table = {"rows": shape.num_rows, "columns": shape.num_columns}
    print(json.dumps({**table, **figures, "versions": versions}))


main()
