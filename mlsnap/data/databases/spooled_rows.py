"""The rows of a query on disk, until all are there and their types are known.

A query is run once. Run again it may give other rows, and often costs the database more than
they cost the disk; so when a late value changes the type of its column, the rows before it are
read from a temporary file. The file has no name in its folder: it is gone with the process.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from mlsnap.data.databases.columns import Column, cast
from mlsnap.data.rows import Rows


class SpooledRows:
    """Rows that are taken in part by part, a sequence of values for each column."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._file = tempfile.TemporaryFile(prefix="mlsnap-")  # noqa: SIM115 - see the next line
        weakref.finalize(self, self._file.close)
        self._parts: list[tuple[int, int]] = []
        self._row_count = 0

    def add(self, columns: Iterable[Sequence[Any]]) -> None:
        """Take in the next rows."""
        added = [column.add(values) for column, values in zip(self._columns, columns, strict=True)]
        fields, arrays = zip(*added, strict=True)
        part = pa.RecordBatch.from_arrays(list(arrays), schema=pa.schema(fields))
        start = self._file.tell()
        with pa.ipc.new_stream(self._file, part.schema) as stream:
            stream.write_batch(part)
        self._parts.append((start, self._file.tell() - start))
        self._row_count += part.num_rows

    def rows(self) -> Rows:
        """All rows, when they are there."""
        self._file.flush()
        schema = pa.schema([column.field for column in self._columns])
        return Rows(schema, self._batches(schema), row_count=self._row_count)

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for start, size in self._parts:
            part = _read(os.pread(self._file.fileno(), size, start))
            columns = [
                cast(stored, array, field)
                for stored, array, field in zip(part.schema, part.columns, schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _read(stored: bytes) -> pa.RecordBatch:
    with pa.ipc.open_stream(stored) as stream:
        return stream.read_next_batch()
