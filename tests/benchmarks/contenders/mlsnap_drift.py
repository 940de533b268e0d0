"""The drift of a dataset of 100 snapshots of 50 columns, as a table, as `mlsnap drift` makes it.

Arguments: the file, each hundredth of which is a snapshot; and where MLflow is: ``database`` or
``server``.
"""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
from clock import Clock
from scratch import project, server

import mlsnap
from mlsnap.cli.processor import start_numpy
from mlsnap.values.drift import Drift
from mlsnap.values.garbage import seldom_collected

SNAPSHOTS, COLUMNS = 100, 50


def table_of(name: str) -> tuple[Drift, str]:
    """The drift of a dataset, and what is shown of it."""
    drift = mlsnap.drift(name)
    return drift, str(drift)


start_numpy(algebra=False)
path = Path(sys.argv[1]).absolute()
table = pq.read_table(path, columns=pq.read_schema(path).names[:COLUMNS])
rows = table.num_rows // SNAPSHOTS
clock = Clock()
with {"database": project, "server": server}[sys.argv[2]]():
    dataset = mlsnap.register_dataset("measurements")
    for number in range(SNAPSHOTS):
        dataset.create_snapshot(data=table.slice(number * rows, rows))
    with seldom_collected():
        table_of("measurements")  # so that all is imported
        drift, shown = clock(table_of, "measurements")
assert len(drift) == SNAPSHOTS
shape = {"rows": table.num_rows, "columns": table.num_columns}
versions = {"mlsnap": mlsnap.__version__}
print(json.dumps({**shape, **clock.figures, "versions": versions}))
