"""Hundreds of datasets in MLflow's database, copies of one that was really registered.

``many_datasets.py DATABASE`` adds them to the MLflow of this process.
"""

import sqlite3
import sys

import pyarrow as pa
from many_runs import copy, multiply

import mlsnap

DATASETS = 500

_RENAMED = (
    "UPDATE experiment_tags SET value = :name WHERE experiment_id = :experiment "
    "AND key = 'mlsnap.dataset'",
    "UPDATE experiment_tags SET value = :index WHERE experiment_id = :experiment "
    "AND key = 'mlsnap.index'",
    "UPDATE runs SET experiment_id = :experiment WHERE run_uuid = :snapshot",
    "UPDATE runs SET name = :name WHERE run_uuid = :index",
    "UPDATE tags SET value = :name WHERE run_uuid IN (:index, :snapshot) "
    "AND key = 'mlsnap.dataset'",
    "UPDATE params SET value = :snapshot WHERE run_uuid = :index AND key IN ('v1', 'number/1')",
)
"""What a copy of a dataset has of its own."""


def fill(database: str) -> None:
    """The datasets ``set0``, ``set1``, … of one snapshot each."""
    dataset = mlsnap.register_dataset("set0", description="one of many", tags={"team": "any"})
    snapshot = dataset.create_snapshot(data=pa.table({"number": [1, 2, 3], "text": list("abc")}))
    with sqlite3.connect(database) as connection:
        _multiply(connection, snapshot)
    connection.close()


def _multiply(connection: sqlite3.Connection, snapshot: mlsnap.Snapshot) -> None:
    experiment, index = connection.execute(
        "SELECT experiment_id, value FROM experiment_tags WHERE key = 'mlsnap.index'"
    ).fetchone()
    numbers = range(1, DATASETS)
    experiments = [str(int(experiment) + number) for number in numbers]
    names = [f"mlsnap/set{number}" for number in numbers]
    copy(connection, "experiments", "experiment_id", experiment, experiments, name=names)
    copy(connection, "experiment_tags", "experiment_id", experiment, experiments)
    ids = (
        numbers,
        experiments,
        multiply(connection, index, len(numbers)),
        multiply(connection, snapshot.run_id, len(numbers)),
    )
    changes = [
        {"name": f"set{number}", "experiment": one, "index": first, "snapshot": second}
        for number, one, first, second in zip(*ids, strict=True)
    ]
    for change in _RENAMED:
        connection.executemany(change, changes)


if __name__ == "__main__":
    fill(sys.argv[1])
