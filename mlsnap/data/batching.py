"""Record batches cut anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa


def of_rows(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of ``rows`` rows each, but for the last one.

    Values are copied only where a batch of the result takes from several.
    """
    waiting: list[pa.RecordBatch] = []
    missing = rows
    for batch in batches:
        start = 0
        while batch.num_rows - start >= missing:
            yield _joined([*waiting, batch.slice(start, missing)])
            waiting, start, missing = [], start + missing, rows
        if start < batch.num_rows:
            waiting.append(batch.slice(start))
            missing -= batch.num_rows - start
    if waiting:
        yield _joined(waiting)


def in_groups(batches: Iterable[pa.RecordBatch], *, rows: int, size: int) -> Iterator[pa.Table]:
    """The same rows in tables that have at least so many rows, or bytes, but for the last one."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if _rows_of(waiting) >= rows or sum(each.nbytes for each in waiting) >= size:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    (joined,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return joined


def _rows_of(batches: Iterable[pa.RecordBatch]) -> int:
    return sum(batch.num_rows for batch in batches)
