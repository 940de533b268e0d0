"""The first differing rows, as values of Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.layout import plain
from mlsnap.services.differing.found_rows import FoundRows
from mlsnap.services.differing.shared_columns import SharedColumns
from mlsnap.values.row_difference import ChangedRow, ExampleRows

_is = pa.types


def examples_of(
    found: FoundRows, columns: SharedColumns, *, most: int
) -> tuple[ExampleRows, dict[str, int]]:
    """The first ``most`` rows of each kind, and how many changed rows differ in which columns."""
    changed, counts = list[ChangedRow](), np.zeros(len(columns.others), np.int64)
    for before, after in found.changed():
        cells = found.cells(before, after)
        counts += cells.sum(axis=0)
        left = most - len(changed)
        if left > 0:
            changed += _changed(before.slice(0, left), after.slice(0, left), cells, columns)
    added, removed = (
        tuple(islice(_rows(rows, most), most)) for rows in (found.added(), found.removed())
    )
    named = zip(columns.others, counts.tolist(), strict=True)
    return (
        ExampleRows(added, removed, tuple(changed)),
        {name: count for name, count in named if count},
    )


def _rows(batches: Iterable[pa.RecordBatch], most: int) -> Iterator[dict[str, Any]]:
    for batch in batches if most else ():
        yield from _dicts(batch.slice(0, most))


def _changed(
    before: pa.RecordBatch,
    after: pa.RecordBatch,
    cells: NDArray[np.bool_],
    columns: SharedColumns,
) -> Iterator[ChangedRow]:
    for row, was, is_ in zip(cells, _dicts(before), _dicts(after), strict=False):
        names = [columns.others[place] for place in np.flatnonzero(row)]
        yield ChangedRow(
            {name: is_[name] for name in columns.key},
            {name: was[name] for name in names},
            {name: is_[name] for name in names},
        )


def _dicts(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    columns = [_values(column) for column in batch.columns]
    for row in zip(*columns, strict=True):
        yield dict(zip(batch.schema.names, row, strict=True))


def _values(array: pa.Array) -> list[Any]:
    """Values of Python; where it has none for one of them, texts."""
    array = plain(array)
    try:
        return [_frozen(value) for value in _coarser(array).to_pylist()]
    except (ValueError, OverflowError, KeyError, pa.ArrowException):
        return [None if each is None else str(each) for each in _texts(array)]


def _coarser(array: pa.Array) -> pa.Array:
    """Nanoseconds, which Python does not count, as microseconds if that is exact."""
    if getattr(array.type, "unit", None) != "ns":
        return array
    if _is.is_timestamp(array.type):
        return array.cast(pa.timestamp("us", array.type.tz))
    return array.cast(pa.duration("us") if _is.is_duration(array.type) else pa.time64("us"))


def _texts(array: pa.Array) -> list[Any]:
    try:
        texts: list[Any] = array.cast(pa.large_string()).to_pylist()
    except pa.ArrowException:
        return [str(array.slice(place, 1)) for place in range(len(array))]
    return texts


def _frozen(value: Any) -> Any:
    """Lists as tuples, in all of them."""
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return value
