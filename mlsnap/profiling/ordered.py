"""The rows of a column in ascending order, in the smaller of two forms.

Which form it is follows from the values alone, and so does everything that is computed from it:
how the rows came in leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.runs import Runs, distinct_count_of, merged, runs_by_piece, runs_of

Values = NDArray[Any]
Side = Literal["left", "right"]

BLOCK = 1 << 15
"""Rows that are summed together; part of what fixes the last bits of a sum."""

_FEW = 4
"""Where a value stands for so many rows on average, counting them is the smaller form."""

_PIECE = 1 << 18
"""Rows that are given other values together."""

_SMALL = 1 << 16
"""Values that may be converted as a whole."""


class Listed:
    """Sorted rows, each by itself; none of them NaN."""

    def __init__(self, values: Values) -> None:
        self.values = values

    @cached_property
    def distinct_count(self) -> int:
        """How many different values there are."""
        return distinct_count_of(self.values)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.values)

    def values_at(self, ranks: Any) -> Values:
        """The values with these ranks, counted from 0."""
        found: Values = self.values[ranks]
        return found

    def ranks_of(self, values: Any, side: Side) -> NDArray[np.int64]:
        """How many rows are below each of the float64 ``values`` (``right``: or equal to it)."""
        return _search(self.values, np.asarray(values, np.float64), side)

    def part(self, start: int, stop: int) -> Listed:
        """The rows with ranks from ``start`` up to ``stop``."""
        return Listed(self.values[start:stop])

    def blocks(self) -> Iterator[tuple[Values, None]]:
        """The rows, `BLOCK` by `BLOCK`."""
        for start in range(0, len(self.values), BLOCK):
            yield self.values[start : start + BLOCK], None

    def places(self, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the rows with these ranks begin in ``values``."""
        return ranks

    def runs(self) -> Iterator[Runs]:
        """Distinct values with their counts, piece by piece."""
        return runs_by_piece(self.values)

    def weights(self, start: int, stop: int) -> None:
        """Each value counts once."""

    def mapped(self, function: Callable[[Values], Values]) -> Listed:
        """The rows with values that ``function`` makes of these, in the same order."""
        pieces = (self.values[i : i + _PIECE] for i in range(0, len(self.values), _PIECE))
        found = np.empty(len(self.values), function(self.values[:1]).dtype)
        for number, piece in enumerate(pieces):
            found[number * _PIECE : (number + 1) * _PIECE] = function(piece)
        return Listed(found)


class Counted:
    """Distinct values in ascending order, none of them NaN, and how often each occurs."""

    def __init__(self, runs: Runs) -> None:
        self.values, self.counts = runs
        self.distinct_count = len(self.values)
        self._after = np.cumsum(self.counts)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return int(self._after[-1]) if len(self._after) else 0

    def values_at(self, ranks: Any) -> Values:
        """The values with these ranks, counted from 0."""
        found: Values = self.values[self._after.searchsorted(ranks, "right")]
        return found

    def ranks_of(self, values: Any, side: Side) -> NDArray[np.int64]:
        """How many rows are below each of the float64 ``values`` (``right``: or equal to it)."""
        found = _search(self.values, np.asarray(values, np.float64), side)
        return np.concatenate(([0], self._after))[found]

    def part(self, start: int, stop: int) -> Counted:
        """The rows with ranks from ``start`` up to ``stop``, where other values begin."""
        first, last = self.places(np.array([start, stop]))
        return Counted(Runs(self.values[first:last], self.counts[first:last]))

    def blocks(self) -> Iterator[tuple[Values, NDArray[np.int64]]]:
        """The distinct values, `BLOCK` by `BLOCK`, with their counts."""
        for start in range(0, len(self.values), BLOCK):
            yield self.values[start : start + BLOCK], self.counts[start : start + BLOCK]

    def places(self, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the rows with these ranks begin in ``values``."""
        return self._after.searchsorted(ranks, "right")

    def runs(self) -> Iterator[Runs]:
        """Distinct values with their counts."""
        yield Runs(self.values, self.counts)

    def weights(self, start: int, stop: int) -> NDArray[np.int64]:
        """How many rows the values from place ``start`` up to ``stop`` stand for."""
        return self.counts[start:stop]

    def mapped(self, function: Callable[[Values], Values]) -> Counted:
        """The rows with values that ``function`` makes of these, in the same order."""
        return Counted(Runs(function(self.values), self.counts))


Ordered = Listed | Counted


def ordered(rows: Values, runs: list[Runs]) -> Ordered:
    """Sorted ``rows`` and ``runs`` of others, together."""
    total = len(rows) + int(sum(each.counts.sum() for each in runs))
    if distinct_count_of(rows) * _FEW <= total:
        whole = merged([*runs, runs_of(rows)] if len(rows) or not runs else runs)
        if len(whole.values) * _FEW <= total:
            return Counted(whole)
        return Listed(np.repeat(whole.values, whole.counts))
    if runs:
        rows = np.concatenate([rows, *(np.repeat(*each) for each in runs)])
        rows.sort()
    return Listed(rows)


def _search(values: Values, wanted: NDArray[np.float64], side: Side) -> NDArray[np.int64]:
    """`numpy.searchsorted` by the values as float64, without converting many of them."""
    if values.dtype == np.float64 or len(values) <= _SMALL:
        return values.astype(np.float64, copy=False).searchsorted(wanted, side)
    low, high = np.zeros(wanted.shape, np.int64), np.full(wanted.shape, len(values), np.int64)
    while (open_ := low < high).any():
        middle = np.where(open_, (low + high) // 2, 0)
        found = values[middle].astype(np.float64)
        below = ~(found >= wanted) if side == "left" else ~(found > wanted)
        low = np.where(open_ & below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    return low
