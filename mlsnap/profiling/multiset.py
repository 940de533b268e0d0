"""All values of a column, whatever their order, in bounded memory."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.buckets import Buckets
from mlsnap.profiling.hundredths import hundredths
from mlsnap.profiling.ordered import Ordered, ordered
from mlsnap.profiling.runs import (
    Runs,
    distinct_count_of,
    merged,
    runs_by_piece,
    runs_of,
    sort,
    sorted_runs,
)
from mlsnap.profiling.spool import Spool
from mlsnap.profiling.waiting import Waiting

Values = NDArray[Any]

_SHARE = 32
"""A budget of bytes allows this fraction of it in rows to be held one by one: 8 bytes each for
the rows of two columns, and as much to work with."""

_FEWER = 8
"""Where there are more rows than that, so much fewer distinct values may be counted."""

_DENSE = 1 << 17
"""Integers within such a range are counted by their value."""

_GATHER = 1 << 17
"""Runs that are kept side by side before they are merged."""

_AT_ONCE = 1 << 18
"""Rows that go into buckets together."""


def most_rows(budget: int) -> int:
    """How many rows of a column are held one by one."""
    return budget // _SHARE


class Multiset:
    """The values of a column: numbers of one dtype without NaN, a monoid under `merge`.

    Exact up to ``budget / 32`` rows, or as many as there may be of ``budget / 256`` distinct
    values; beyond that `Buckets`. Which of them follows from the values alone.

    Parameters
    ----------
    budget
        Bytes of memory that a profile may use.
    scale
        By what integers are multiplied, and cut to whole ones, where they go into buckets.
    """

    def __init__(self, *, budget: int, scale: Fraction = Fraction(1)) -> None:
        self._most_rows = most_rows(budget)
        self._scale = scale
        self.row_count = 0
        self._loose = Waiting(capacity=self._most_rows)
        self._runs: list[Runs] = []
        self._few = True
        self._buckets: Buckets | None = None

    def add(self, values: Values, counts: NDArray[np.int64] | None = None) -> None:
        """Take ``values`` in, in any order, each as often as ``counts`` says.

        The array belongs to the multiset from now on.
        """
        if not len(values):
            return
        self.row_count += len(values) if counts is None else int(counts.sum())
        if counts is None and not values.flags.writeable:
            values = values.copy()
        runs = self._counted(values) if counts is None else sorted_runs(values, counts)
        if runs is None:
            self._loose.append(values)
        else:
            self._push(runs)
        self._shrink()

    def merge(self, other: Multiset) -> None:
        """Take all values of ``other`` in."""
        self.row_count += other.row_count
        self._loose.extend(other._loose)
        for runs in other._runs:
            self._push(runs)
        if other._buckets is not None:
            self._coarsen().merge(other._buckets)
        self._shrink()

    def ordered(self) -> tuple[Ordered, Buckets | None]:
        """The values in ascending order; where they were too many, the buckets they are in.

        To be called once, at the end.
        """
        if self._buckets is None and (self.row_count <= self._most_rows or self._count()):
            return ordered(self._sorted(), self._runs), None
        buckets = self._coarsen()
        return buckets.ordered(), buckets

    def counts_of(self, values: Values) -> NDArray[np.int64]:
        """How many rows hold each of the ``values``; none where rows are in buckets."""
        counts = np.zeros(len(values), np.int64)
        if self._buckets is not None:
            return counts
        rows = self._sorted()
        self._loose.put_back(rows)
        for runs in chain(runs_by_piece(rows), self._runs):
            places = np.minimum(runs.values.searchsorted(values), len(runs.values) - 1)
            counts += np.where(runs.values[places] == values, runs.counts[places], 0)
        return counts

    def spool(self, spool: Spool) -> None:
        """Put the rows that are held one by one into a file until they are needed."""
        self._loose.spool(spool)

    @property
    def nbytes(self) -> int:
        """Memory that is taken."""
        runs = sum(each.values.nbytes + each.counts.nbytes for each in self._runs)
        return self._loose.nbytes + runs + (self._buckets.nbytes if self._buckets else 0)

    def _counted(self, values: Values) -> Runs | None:
        """Runs of ``values``, if they are much smaller than those; they may get sorted."""
        if values.dtype == np.float64 and (runs := hundredths(values)):
            return runs
        if values.dtype.kind in "iu":
            low = values.min()
            dense = _DENSE if values.itemsize <= 2 else max(len(values) // 8, 1024)
            if int(values.max()) - int(low) < min(_DENSE, dense):
                return _by_value(values, low)
        if not self._few:
            return None
        sort(values)
        runs = runs_of(values)
        self._few = len(runs.values) * 4 <= len(values)
        return runs if self._few else None

    def _push(self, runs: Runs) -> None:
        self._runs.append(runs)
        if len(self._runs) > 1:
            held = sum(len(each.values) for each in self._runs)
            if held > max(_GATHER, 2 * len(self._runs[0].values)):
                self._runs = [merged(self._runs)]

    def _sorted(self) -> Values:
        """The loose rows as one sorted array; none are left."""
        rows = self._loose.take()
        sort(rows)
        return rows

    def _shrink(self) -> None:
        """With more rows than there is room for: count them, or move them into buckets."""
        if self.row_count <= self._most_rows:
            return
        held = len(self._loose) + 2 * sum(len(each.values) for each in self._runs)
        if self._buckets is not None:
            if held > _AT_ONCE:
                self._coarsen()
        elif held > self._most_rows and not self._count():
            self._coarsen()

    def _count(self) -> bool:
        """Hold everything as runs, unless there are too many distinct values for that."""
        most = self._most_rows // _FEWER
        if len(self._loose):
            rows = self._sorted()
            if distinct_count_of(rows) > most:
                self._loose.put_back(rows)
                return False
            self._runs.append(runs_of(rows))
        self._runs = [merged(self._runs)]
        return len(self._runs[0].values) <= most

    def _coarsen(self) -> Buckets:
        """Move everything that is held exactly into buckets."""
        self._buckets = self._buckets or Buckets(self._scale)
        self._buckets.add(runs_by_piece(self._sorted()))
        for runs in self._runs:
            self._buckets.add(runs.pieces())
        self._runs = []
        return self._buckets


def _by_value(values: Values, low: Any) -> Runs:
    wide = values if values.itemsize >= 4 else values.astype(np.int32)
    counts = np.bincount((wide - wide.dtype.type(low)).astype(np.intp))
    found = np.flatnonzero(counts)
    return Runs(found.astype(values.dtype) + values.dtype.type(low), counts[found])
