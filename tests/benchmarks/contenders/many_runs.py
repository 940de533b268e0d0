"""Thousands of training runs in MLflow's database, copies of two that were really made."""

import itertools
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pyarrow as pa

import mlsnap

RUNS, SNAPSHOTS, FEW, MANY = 10_000, 102, 5, 1_000
"""Half of the runs used no snapshot, ``FEW`` and ``MANY`` used one each, and the rest others."""

_PARAMS, _METRICS = 12, 10


def fill(database: Path) -> mlsnap.Dataset:
    """A dataset of many snapshots, of which ``few`` and ``many`` were used by as many runs."""
    dataset = mlsnap.register_dataset("crime")
    names = ["few", "many", *(f"other{number}" for number in range(SNAPSHOTS - 2))]
    snapshots = [
        dataset.create_snapshot(name, data=pa.table({"x": [number]}))
        for number, name in enumerate(names)
    ]
    bare, *used = (_training(each) for each in (None, *snapshots))
    others = itertools.cycle(used[2:])
    copies = {bare: RUNS // 2, used[0]: FEW, used[1]: MANY}
    for each in itertools.islice(others, RUNS - sum(copies.values())):
        copies[each] = copies.get(each, 0) + 1
    with sqlite3.connect(database) as connection:
        for run_id, count in copies.items():
            multiply(connection, run_id, count - 1)
    connection.close()
    return dataset


def _training(snapshot: mlsnap.Snapshot | None) -> str:
    """A run that used the snapshot, with what trainings log; its id."""
    with mlflow.start_run() as run:
        mlflow.log_params({f"parameter {number}": number for number in range(_PARAMS)})
        mlflow.log_metrics({f"metric {number}": number / 7 for number in range(_METRICS)})
        if snapshot is not None:
            mlsnap.log_snapshot(snapshot)
    return str(run.info.run_id)


def multiply(connection: sqlite3.Connection, run_id: str, count: int) -> list[str]:
    """Make ``count`` more runs that have all that the run has; returns their ids."""
    ids = [uuid.uuid4().hex for _ in range(count)]
    for table in ("runs", "tags", "params", "metrics", "latest_metrics"):
        copy(connection, table, "run_uuid", run_id, ids)
    found = "SELECT input_uuid FROM inputs WHERE destination_id = ?"
    for (input_id,) in connection.execute(found, [run_id]).fetchall():
        inputs = [uuid.uuid4().hex for _ in ids]
        copy(connection, "input_tags", "input_uuid", input_id, inputs)
        copy(connection, "inputs", "input_uuid", input_id, inputs, destination_id=ids)
    return ids


def copy(
    connection: sqlite3.Connection,
    table: str,
    key: str,
    value: str,
    new: list[str],
    **others: list[str],
) -> None:
    """Add the rows of a table that have the key's value, once more for each new value of it.

    ``others`` are columns that change, too, with a value for each new one.
    """
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", [value])
    names = [each[0] for each in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    changes = {key: new, **others}
    filled: Iterator[tuple[object, ...]] = (
        tuple(({**row, **{name: each[at] for name, each in changes.items()}}).values())
        for row in rows
        for at in range(len(new))
    )
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", filled)
