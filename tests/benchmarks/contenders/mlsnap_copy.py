"""A snapshot with a copy of the data, in an MLflow and a remote of its own.

Arguments: the file; what happens to its rows between the first copy and the one that is measured
(`CHANGES`), ``file`` for a file nobody touched, or ``back`` for reading a copy; and ``alone`` for
the time of the copy without that of the profile and the record. But for ``file``, the table is in
memory when the clock starts.
"""

import json
import os
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from changes import CHANGES, Change
from clock import Clock
from scratch import project

import mlsnap
from mlsnap.services.copies import pushing


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
    with project():
        if what == "file":
            os.environ["MLSNAP_REMEMBER_FILES"] = "true"  # which is what it measures
            sent = unchanged_file(path, clock)
        elif what == "back":
            sent = read_back(pq.read_table(path), clock)
        else:
            sent = copied(pq.read_table(path), CHANGES[what], clock, alone="alone" in more)
    figures = {**clock.figures, "sent": sent / 2**20}
    versions = {"mlsnap": mlsnap.__version__, "pyarrow": pa.__version__}
    table = {"rows": shape.num_rows, "columns": shape.num_columns}
    print(json.dumps({**table, **figures, "versions": versions}))


main()
