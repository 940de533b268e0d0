"""Two snapshots with copies, the second with 1 % of rows appended.

Arguments: the file, and what the clock runs for: ``diff``, finding the rows that differ, or
``both``, reading both copies into memory, one after the other.
"""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
from changes import CHANGES
from clock import Clock
from scratch import project

import mlsnap
from mlsnap.services.snapshots import Snapshot


def read_both(reference: Snapshot, current: Snapshot) -> None:
    """Read the two copies, holding one table at a time."""
    for each in (reference, current):
        assert each.to_arrow_table().num_rows == each.row_count


path = Path(sys.argv[1]).absolute()
table = pq.read_table(path)
shape = {"rows": table.num_rows, "columns": table.num_columns}
clock = Clock()
with project():
    before, after = CHANGES["appended"](table)
    appended = len(after) - len(before)
    dataset = mlsnap.register_dataset("trips")
    made = [
        dataset.create_snapshot(data=each, create_data_snapshot=True) for each in (before, after)
    ]
    del table, before, after
    if sys.argv[2] == "diff":
        found = clock(mlsnap.diff, *made)
        assert (found.added, found.removed) == (appended, 0)
    else:
        clock(read_both, *made)
print(json.dumps({**shape, **clock.figures, "versions": {"mlsnap": mlsnap.__version__}}))
