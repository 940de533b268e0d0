"""The form in which differing rows are handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.buffers import to_arrow
from mlsnap.data.rows import unique_names
from mlsnap.services.differing.shared_columns import SharedColumns


@dataclass(frozen=True)
class Output:
    """``change``, then the columns; with a key, which cells changed and what was in them."""

    columns: SharedColumns

    @cached_property
    def schema(self) -> pa.Schema:
        """The key comes first; behind each other column stands what was in it."""
        key, others, types = self.columns.key, self.columns.others, self.columns.types
        own = {"change": _KIND} | ({"changed_columns": _LISTED} if key else {})
        befores = [f"{name}_before" for name in others] if key else []
        titles = unique_names([*key, *others, *own, *befores])[len(key) + len(others) :]
        columns = [[(name, types[name])] for name in others]
        for pair, name, title in zip(columns, others, titles[len(own) :], strict=False):
            pair.append((title, types[name]))
        first = zip(titles, own.values(), strict=False)
        return pa.schema([*first, *((name, types[name]) for name in key), *chain(*columns)])

    def rows(self, kind: str, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Rows that were removed or added."""
        if not self.columns.key:
            return self._batch([_kinds(kind, len(rows)), *self._cast(rows, self.columns.others)])
        nulls = [pa.nulls(len(rows), self.columns.types[name]) for name in self.columns.others]
        return self._batch(
            [
                _kinds(kind, len(rows)),
                pa.nulls(len(rows), _LISTED),
                *self._cast(rows, self.columns.key),
                *chain(*zip(self._cast(rows, self.columns.others), nulls, strict=True)),
            ]
        )

    def changed(
        self, before: pa.RecordBatch, after: pa.RecordBatch, cells: NDArray[np.bool_]
    ) -> pa.RecordBatch:
        """Changed rows; ``cells`` says which of them, of shape (rows, columns but the key)."""
        others = self.columns.others
        pairs = zip(self._cast(after, others), self._cast(before, others), strict=True)
        return self._batch(
            [
                _kinds("changed", len(after)),
                _named(cells, others),
                *self._cast(after, self.columns.key),
                *chain(*pairs),
            ]
        )

    def _cast(self, rows: pa.RecordBatch, names: Any) -> list[pa.Array]:
        return [self.columns.cast(rows.column(name), name) for name in names]

    def _batch(self, arrays: list[pa.Array]) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


_KIND = pa.string()
_LISTED = pa.list_(pa.string())


def _kinds(kind: str, rows: int) -> pa.Array:
    return _texts([kind]).take(to_arrow(np.zeros(rows, np.int8)))


def _named(cells: NDArray[np.bool_], names: list[str]) -> pa.Array:
    """For each row the names of the columns that it has a true cell in."""
    ends = np.concatenate([[0], np.cumsum(cells.sum(axis=1))]).astype(np.int32)
    places = to_arrow(np.nonzero(cells)[1])
    return pa.ListArray.from_arrays(to_arrow(ends), _texts(names).take(places))


def _texts(texts: Sequence[str]) -> pa.Array:
    """An array of texts; `pyarrow.array` would import pandas."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers, null_count=0)
