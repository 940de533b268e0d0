"""Rows in blocks that can be read again, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.batching import in_groups
from mlsnap.data.buffers import to_arrow
from mlsnap.data.layout import plain, plain_schema, plain_table
from mlsnap.data.rows import BATCH_ROWS, Rows

_BYTES = 1 << 25
"""Bytes of a block that is kept in a file, about."""


@dataclass(frozen=True)
class Blocks:
    """A table, block by block.

    Attributes
    ----------
    schema
        Of all columns.
    sizes
        Rows of each block.
    read
        The rows of a block, given its number and the names of the columns. Several threads may
        read at once.
    """

    schema: pa.Schema
    sizes: tuple[int, ...]
    read: Callable[[int, Sequence[str]], pa.RecordBatch]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The place of the first row of each block, and the number of rows at the end."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.sizes, dtype=np.int64)])

    @property
    def row_count(self) -> int:
        """Rows of all blocks."""
        return int(self.starts[-1])

    def take(
        self, places: NDArray[np.int64], names: Sequence[str]
    ) -> Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]:
        """The rows at ``places``, which ascend: for each block with any, these and their rows."""
        ends = np.searchsorted(places, self.starts)
        for number in np.flatnonzero(np.diff(ends)).tolist():
            here = places[ends[number] : ends[number + 1]]
            batch = self.read(number, names)
            if len(here) < len(batch):
                batch = batch.take(to_arrow(here - self.starts[number]))
            yield here, batch


def blocks_of(table: pa.Table) -> Blocks:
    """The rows of a table in memory, in the plain layout but for columns of one dictionary."""
    starts = range(0, len(table), BATCH_ROWS)
    fields = zip(plain_schema(table.schema), table.schema, table.columns, strict=True)
    schema = pa.schema(
        [own if _has_one_dictionary(column) else plain for plain, own, column in fields]
    )

    def read(number: int, names: Sequence[str]) -> pa.RecordBatch:
        rows = table.slice(starts[number], BATCH_ROWS).select(list(names))
        fields = [schema.field(name) for name in names]
        columns = [
            _as(field.type, column) for field, column in zip(fields, rows.columns, strict=True)
        ]
        return as_batch(pa.Table.from_arrays(columns, schema=pa.schema(fields)))

    return Blocks(schema, tuple(min(BATCH_ROWS, len(table) - each) for each in starts), read)


def _has_one_dictionary(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_dictionary(column.type) or not column.num_chunks:
        return False
    first, *others = (chunk.dictionary for chunk in column.chunks)
    return all(each.equals(first) for each in others)


def _as(type_: pa.DataType, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values in their own layout, or the plain one if ``type_`` is of that."""
    if column.type == type_:
        return column
    return pa.chunked_array([plain(chunk) for chunk in column.chunks], type_)


def keep(rows: Rows, folder: Path) -> Blocks:
    """The rows of a stream, written into ``folder``, a new one, in the plain layout."""
    folder.mkdir(parents=True, exist_ok=True)
    schema, sizes = plain_schema(rows.schema), []
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    for number, group in enumerate(in_groups(rows.batches, rows=BATCH_ROWS, size=_BYTES)):
        block = as_batch(plain_table(group))
        with pa.ipc.new_stream(str(folder / f"{number}.arrows"), schema, options=options) as file:
            file.write_batch(pa.RecordBatch.from_arrays(block.columns, schema=schema))
        sizes.append(len(block))

    def read(number: int, names: Sequence[str]) -> pa.RecordBatch:
        fields = [schema.get_field_index(name) for name in names]
        chosen = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
        with (
            pa.OSFile(str(folder / f"{number}.arrows")) as file,
            pa.ipc.open_stream(file, options=chosen) as stream,
        ):
            return stream.read_next_batch().select(list(names))

    return Blocks(schema, tuple(sizes), read)


def as_batch(table: pa.Table) -> pa.RecordBatch:
    """The rows of a table in one piece."""
    if not len(table):
        empty = [pa.nulls(0, field.type) for field in table.schema]
        return pa.RecordBatch.from_arrays(empty, schema=table.schema)
    (batch,) = table.combine_chunks().to_batches()
    return batch
