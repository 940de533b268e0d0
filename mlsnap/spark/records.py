"""What the executors say of their rows."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa

from mlsnap.data.carriers.spark import to_bytes
from mlsnap.data.digest import BLOCK, block_digests
from mlsnap.data.layout import plain
from mlsnap.profiling.columns import ColumnSummary, make_room
from mlsnap.profiling.spool import Spool

STATE, DIGEST, FRAGMENT = "state", "digest", "fragment"

_PIECE = 4 << 20
"""Bytes of a record where they can be cut so: the JVM holds many of them."""

_PER_TASK = 8
"""Tasks of one executor that share the budget for rows held in memory."""


class Record(NamedTuple):
    """One of three kinds.

    - `STATE`: a piece of the pickled summary that a ``source`` made of the column ``number``;
      it begins at byte ``position`` of ``size``.
    - `DIGEST`: the digests of the columns of block ``number``, one after the other.
    - `FRAGMENT`: the ``size`` rows of block ``number``, which lies in several places, from row
      ``position`` of the table on; an Arrow stream.
    """

    kind: str
    number: int
    payload: bytes
    source: int = 0
    position: int = 0
    size: int = 0


COLUMNS = "kind string, number long, payload binary, source long, position long, size long"
"""The columns of a Spark frame of records."""

_ARROW = pa.schema(
    [
        ("kind", pa.string()),
        ("number", pa.int64()),
        ("payload", pa.binary()),
        ("source", pa.int64()),
        ("position", pa.int64()),
        ("size", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Plan:
    """The table to profile: its schema and number of rows, bytes to hold in memory, and whether
    to look for semantic types.
    """

    schema: pa.Schema
    row_count: int
    budget: int
    semantic_types: bool = False

    def rows_in(self, block: int) -> int:
        """Rows of a block of the digest."""
        return min(BLOCK, self.row_count - block * BLOCK)

    def summary_of(self, column: int) -> ColumnSummary:
        """The summary of no rows of a column."""
        return ColumnSummary(
            self.schema.field(column), budget=self.budget, semantic_types=self.semantic_types
        )

    def make_room(self, summaries: Iterable[ColumnSummary], spool: Spool) -> None:
        """Put rows that wait into the file if they take more than a task's share."""
        make_room(summaries, spool, budget=self.budget // _PER_TASK)


def summarise(
    batches: Iterable[pa.RecordBatch], plan: Plan, *, start: int, source: int
) -> Iterator[Record]:
    """All there is to say of the ``batches`` whose first row is row ``start`` of the table."""
    summaries = [plan.summary_of(column) for column in range(len(plan.schema))]
    spool = Spool()
    for block, parts in groupby(_cut_at_blocks(batches, start), lambda part: part[0] // BLOCK):
        pieces = list(parts)
        rows = pa.Table.from_batches([batch for _, batch in pieces], plan.schema)
        if rows.num_rows == plan.rows_in(block):
            yield Record(DIGEST, block, b"".join(block_digests(rows)))
        else:
            yield from _fragments(block, pieces)
        for summary, values in zip(summaries, rows.columns, strict=True):
            _update(summary, values)
        plan.make_room(summaries, spool)
    for column in reversed(range(len(summaries))):
        yield from _states(column, source, summaries.pop())


def as_batches(records: Iterable[Record]) -> Iterator[pa.RecordBatch]:
    """Records as rows with `COLUMNS`."""
    for record in records:
        yield pa.RecordBatch.from_pylist([record._asdict()], schema=_ARROW)


def _update(summary: ColumnSummary, values: pa.ChunkedArray) -> None:
    if pa.types.is_dictionary(values.type):
        for chunk in values.chunks:
            summary.update(chunk)
    else:
        summary.update(pa.concat_arrays([plain(chunk) for chunk in values.chunks]))


def _states(column: int, source: int, summary: ColumnSummary) -> Iterator[Record]:
    pickled = memoryview(pickle.dumps(summary, pickle.HIGHEST_PROTOCOL))
    for begin in range(0, len(pickled), _PIECE):
        piece = bytes(pickled[begin : begin + _PIECE])
        yield Record(STATE, column, piece, source, begin, len(pickled))


def _cut_at_blocks(
    batches: Iterable[pa.RecordBatch], start: int
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Slices that lie in one block each, with their first rows."""
    for batch in batches:
        taken = 0
        while taken < batch.num_rows:
            part = batch.slice(taken, BLOCK - start % BLOCK)
            yield start, part
            taken += part.num_rows
            start += part.num_rows


def _fragments(block: int, pieces: Iterable[tuple[int, pa.RecordBatch]]) -> Iterator[Record]:
    for start, batch in pieces:
        step = max(1, batch.num_rows * _PIECE // max(1, batch.nbytes))
        for offset in range(0, batch.num_rows, step):
            rows = batch.slice(offset, step)
            yield Record(
                FRAGMENT, block, to_bytes(rows), position=start + offset, size=rows.num_rows
            )
