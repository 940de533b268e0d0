"""Rows as a Spark frame, in their order.

A session on this machine reads them out of Arrow files in a temporary folder, a partition a file,
whenever it needs them; one of a cluster, which cannot see that folder, is handed the whole table.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap.data.carriers import spark_sessions
from mlsnap.data.carriers.spark import (
    arrow_schema,
    created,
    map_in_arrow,
    numbered_schema,
    numbers,
    stored_schema,
)
from mlsnap.data.carriers.spark_failures import failures
from mlsnap.data.layout import plain, plain_type, relaid
from mlsnap.data.rows import Rows, unique_names
from mlsnap.errors import SourceError
from mlsnap.spark.types import spark_schema

FILE_BYTES = 1 << 25
"""Bytes of Arrow data in a file, more or less."""


def frame_of(rows: Rows, carrier: dict[str, Any] | None = None) -> Any:
    """A frame of the active Spark session, else of a new one, with these rows in their order.

    Parameters
    ----------
    rows
        Read to their end before anything is returned.
    carrier
        What restores the object that carried the rows; of a Spark frame, its own types.

    Raises
    ------
    SourceError
        If a column has a type or a value that Spark has not, naming it; if the rows cannot be
        read, or Spark does not start.
    """
    session = spark_sessions.active()
    made = rows.given_to(partial(_made, session, carrier))
    with failures():
        return made()


def _made(session: Any, carrier: dict[str, Any] | None, rows: Rows) -> Callable[[], Any]:
    """What makes the frame, when the rows are read."""
    if not rows.schema.names:
        count = sum(batch.num_rows for batch in rows.batches)
        return lambda: session.range(count).select()
    schema = _schema(rows, carrier)
    types = arrow_schema(schema)
    batches = (_converted(batch, types) for batch in rows.batches)
    if not _is_here(session):
        table = pa.Table.from_batches(list(batches), _numbered(types))
        rows.check()
        return lambda: created(session, table, schema)
    with _folder() as folder:
        count = _write(batches, _numbered(types), folder)
        rows.check()
    return lambda: _reading(session, folder, count, schema)


def _schema(rows: Rows, carrier: dict[str, Any] | None) -> Any:
    """The Spark schema of the rows, which may be some columns of what a Spark frame carried."""
    if carrier is None or carrier["carrier"] != "spark":
        return spark_schema(rows.schema)
    stored = stored_schema(carrier)
    fields = dict(zip(unique_names(stored.names), stored, strict=True))
    return type(stored)([fields[name] for name in rows.schema.names])


def _numbered(types: pa.Schema) -> pa.Schema:
    return pa.schema(zip(numbers(len(types)), types.types, strict=True))


def _converted(batch: pa.RecordBatch, types: pa.Schema) -> pa.RecordBatch:
    columns = [_cast(column, field) for column, field in zip(batch.columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=_numbered(types))


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    try:
        return relaid(plain(column).cast(plain_type(field.type)), field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SourceError(
            f"column {field.name!r} ({column.type}) has a value that Spark cannot hold as "
            f"{field.type}: {error}",
            "cast it with a step of the dataset's definition, or read it with to_arrow_table()",
        ) from error


def _is_here(session: Any) -> bool:
    """Whether the session's executors run on this machine."""
    if ".connect." in type(session).__module__:
        return False
    return str(session.sparkContext.master).startswith("local")


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that lives as long as this process, unless the block fails."""
    folder = Path(tempfile.mkdtemp(prefix="mlsnap-spark-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _write(batches: Iterator[pa.RecordBatch], schema: pa.Schema, folder: Path) -> int:
    """Write files that are called 0, 1, …; how many."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    count = 0
    for first in batches:
        with pa.ipc.new_file(str(folder / str(count)), schema, options=options) as file:
            size = first.nbytes
            file.write_batch(first)
            while size < FILE_BYTES and (batch := next(batches, None)) is not None:
                size += batch.nbytes
                file.write_batch(batch)
        count += 1
    return count


def _reading(session: Any, folder: Path, count: int, schema: Any) -> Any:
    files = session.range(0, count, 1, max(1, count))
    frame = map_in_arrow(files, _reader(str(folder)), numbered_schema(schema))
    return frame.toDF(*schema.names)


def _reader(folder: str) -> Any:
    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                with pa.ipc.open_file(f"{folder}/{number}") as file:
                    yield from (file.get_batch(i) for i in range(file.num_record_batches))

    return read
