"""Rows that wait until all of a column are there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.spool import Spool, Spooled

Values = NDArray[Any]

_SMALL = 1 << 19
"""So many rows are kept in the arrays they came in."""


class Waiting:
    """Rows of one dtype, in memory or in a file.

    Many rows are gathered in one large array, of which the system gives no more memory than is
    written to, and takes all of it back: that of many smaller ones often stays with the process.

    Parameters
    ----------
    capacity
        How many rows there may be, about.
    """

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self._arrays: list[Values] = []
        self._gathered: Values = np.empty(0)
        self._filled = 0
        self._parts: list[Values | Spooled] = []

    def __len__(self) -> int:
        return sum(map(len, self._all()))

    @property
    def nbytes(self) -> int:
        """Memory that is taken."""
        return sum(each.nbytes for each in self._all() if isinstance(each, np.ndarray))

    def append(self, values: Values) -> None:
        """Take rows in; the array belongs to this object from now on."""
        self._arrays.append(values)
        if sum(map(len, self._arrays)) > _SMALL:
            arrays, self._arrays = self._arrays, []
            for each in arrays:
                self._gather(each, room=self._capacity + _SMALL)

    def extend(self, other: Waiting) -> None:
        """Take all rows of ``other`` in."""
        for part in other._all():
            if isinstance(part, Spooled):
                self._parts.append(part)
            else:
                self.append(part)

    def take(self) -> Values:
        """All rows in one array, which belongs to the caller; none are left."""
        parts = self._all()
        if len(parts) > 1:
            self._gather_all()
            parts = self._all()
        self._leave([])
        return _read(parts[0]) if parts else np.empty(0)

    def put_back(self, rows: Values) -> None:
        """Take rows in that were taken out before."""
        if len(rows):
            self._parts.append(rows)

    def spool(self, spool: Spool) -> None:
        """Put all rows into a file until they are needed."""
        self._leave(
            [each if isinstance(each, Spooled) else spool.put(each) for each in self._all()]
        )

    def __getstate__(self) -> dict[str, Any]:
        """Everything by value: spooled rows come back into memory."""
        arrays = [_read(each) for each in self._all()]
        return {**Waiting(capacity=self._capacity).__dict__, "_parts": arrays}

    def _all(self) -> list[Values | Spooled]:
        gathered = [self._gathered[: self._filled]] if self._filled else []
        return [*self._parts, *gathered, *self._arrays]

    def _leave(self, parts: list[Values | Spooled]) -> None:
        self._parts, self._arrays = parts, []
        self._gathered, self._filled = np.empty(0), 0

    def _gather_all(self) -> None:
        """Bring all rows into one array; their own memory is given back on the way."""
        rows, others = len(self), [*self._parts, *self._arrays]
        self._parts, self._arrays = [], []
        while others:
            self._gather(others.pop(), room=rows)

    def _gather(self, values: Values | Spooled, *, room: int) -> None:
        """Copy rows into the large array; one of ``room`` rows takes its place if it is full."""
        filled = self._filled + len(values)
        if filled > len(self._gathered):
            larger = np.empty(max(room, filled), values.dtype)
            larger[: self._filled] = self._gathered[: self._filled]
            self._gathered = larger
        if isinstance(values, Spooled):
            values.read(self._gathered[self._filled : filled])
        else:
            self._gathered[self._filled : filled] = values
        self._filled = filled


def _read(part: Values | Spooled) -> Values:
    return part.get() if isinstance(part, Spooled) else part
