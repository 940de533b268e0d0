"""A dataset of many wide snapshots in MLflow's database, copies of a few that were really made.

``wide_snapshots.py DATABASE`` adds it to the MLflow of this process.
"""

import sqlite3
import sys

import numpy as np
import pyarrow as pa
from many_runs import multiply

import mlsnap

SNAPSHOTS, COLUMNS = 1_000, 500
MADE = 5
"""So many were really made; the others share the artifacts of these."""

_ROWS = 1_000
_TEXTS = [f"value {number}" for number in range(20)]

_RENAMED = (
    "UPDATE runs SET name = :name WHERE run_uuid = :run",
    "UPDATE tags SET value = :name WHERE run_uuid = :run "
    "AND key IN ('mlsnap.name', 'mlflow.runName')",
    "UPDATE tags SET value = :number WHERE run_uuid = :run AND key = 'mlsnap.number'",
    "UPDATE metrics SET value = :number WHERE run_uuid = :run AND key = 'number'",
    "UPDATE latest_metrics SET value = :number WHERE run_uuid = :run AND key = 'number'",
    "INSERT INTO params (key, value, run_uuid) VALUES (:name, :run, :index)",
    "INSERT INTO params (key, value, run_uuid) VALUES ('number/' || :number, :run, :index)",
    "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) "
    "SELECT key, value, timestamp + 1000 * :number, run_uuid, :number, is_nan "
    "FROM metrics WHERE run_uuid = :index AND step = :original",
)
"""What a copy of a snapshot's run has of its own, there and in the index run."""


def fill(database: str) -> None:
    """The dataset ``wide``: snapshots ``v1``, ``v2``, … whose numbers and texts shift."""
    dataset = mlsnap.register_dataset("wide")
    made = [dataset.create_snapshot(data=_table(number)) for number in range(MADE)]
    with sqlite3.connect(database) as connection:
        (index,) = connection.execute(
            "SELECT run_uuid FROM tags WHERE key = 'mlsnap.kind' AND value = 'dataset'"
        ).fetchone()
        for original, snapshot in enumerate(made[1:], start=2):
            numbers = range(MADE + original - 1, SNAPSHOTS + 1, MADE - 1)
            ids = multiply(connection, snapshot.run_id, len(numbers))
            _rename(connection, dict(zip(numbers, ids, strict=True)), index, original)
    connection.close()


def _table(number: int) -> pa.Table:
    """Numbers, of which every seventh column has another mean each time, and texts."""
    random = np.random.default_rng(number)
    return pa.table(
        {
            f"column {at}": random.choice(_TEXTS, _ROWS)
            if at % 5 == 4
            else random.normal(number / 4 if at % 7 == 0 else 0, 1, _ROWS)
            for at in range(COLUMNS)
        }
    )


def _rename(connection: sqlite3.Connection, ids: dict[int, str], index: str, original: int) -> None:
    changes = [
        {
            "run": run_id,
            "name": f"v{number}",
            "number": number,
            "index": index,
            "original": original,
        }
        for number, run_id in ids.items()
    ]
    for change in _RENAMED:
        connection.executemany(change, changes)


if __name__ == "__main__":
    fill(sys.argv[1])
