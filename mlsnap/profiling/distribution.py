"""The stored distribution and the drawn histogram of a column, from its sorted values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.moments import Origin
from mlsnap.profiling.ordered import Ordered
from mlsnap.profiling.runs import runs_of
from mlsnap.values.column import Distribution, Histogram

Floats = NDArray[np.float64]
Ranks = NDArray[np.int64]

FULL_TABLE = 512
"""Up to so many distinct values every one of them is a point."""

BINS = 20
"""Bins of the drawn histogram."""

_TAIL = np.array([1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 2e-3])
_GRID = np.sort(np.concatenate((np.linspace(0, 1, 243), _TAIL, 1 - _TAIL)))
"""Ranks of the points beyond that, as fractions; denser in the tails."""

_ENDS = np.arange(32)
"""So many of the smallest and of the largest rows are points of their own."""

_TOGETHER = 1 << 20
"""Values that are summed in one go."""

_STEPS = np.linspace(0, 1, BINS + 1)


def distribution_of(rows: Ordered) -> Distribution | None:
    """The empirical CDF of finite ``rows``, as float64, at some 300 points (or at every value).

    ``None`` for no rows.
    """
    if not rows.row_count:
        return None
    points = _points(rows)
    first, after = rows.ranks_of(points, "left"), rows.ranks_of(points, "right")
    return Distribution(
        points=tuple(points.tolist()),
        at=tuple((after - first).tolist()),
        between=tuple((first[1:] - after[:-1]).tolist()),
        means=tuple(_means(rows, after[:-1], first[1:]).tolist()),
    )


def histogram_of(rows: Ordered) -> Histogram | None:
    """Counts of finite ``rows`` in equally wide bins; one bin for a constant."""
    if not rows.row_count:
        return None
    low, high = rows.values_at(np.array([0, rows.row_count - 1])).astype(np.float64).tolist()
    if low == high:
        return Histogram((low, high), (rows.row_count,))
    edges = np.maximum.accumulate(low * (1 - _STEPS) + high * _STEPS).clip(low, high)
    inner = rows.ranks_of(edges[1:-1], "left")
    counts = np.diff(inner, prepend=0, append=rows.row_count)
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def _points(rows: Ordered) -> Floats:
    if rows.distinct_count <= FULL_TABLE:
        values = np.concatenate([each.values for each in rows.runs()])
    else:
        inner = np.rint(_GRID * (rows.row_count - 1)).astype(np.int64)
        ranks = np.concatenate((_ENDS, inner, rows.row_count - 1 - _ENDS))
        values = rows.values_at(_distinct(np.sort(ranks)))
    return _distinct(values.astype(np.float64))


def _distinct(ordered: NDArray[Any]) -> NDArray[Any]:
    """Sorted values without repeats; `numpy.unique` costs an import of its masked arrays."""
    return runs_of(ordered).values


def _means(rows: Ordered, start: Ranks, stop: Ranks) -> Floats:
    """The mean of the rows with ranks from each ``start`` up to its ``stop``; NaN for none."""
    means = np.full(len(start), math.nan)
    filled = np.flatnonzero(start < stop)
    origin = Origin.of(rows)
    for few in _groups(filled, rows, start, stop):
        sums = _sums(rows, origin, start[few], stop[few])
        means[few] = origin.values(sums / (stop[few] - start[few]))
    return means


def _groups(filled: Ranks, rows: Ordered, start: Ranks, stop: Ranks) -> Iterator[Ranks]:
    """The ``filled`` gaps, so many at a time that their values are summed in one go."""
    if not len(filled):
        return
    begins = rows.places(start[filled])
    spans = np.cumsum(rows.places(stop[filled]) - begins) // _TOGETHER
    yield from np.split(filled, np.flatnonzero(np.diff(spans)) + 1)


def _sums(rows: Ordered, origin: Origin, start: Ranks, stop: Ranks) -> Floats:
    """Sums of scaled distances over gaps in ascending order."""
    begins, ends = rows.places(start), rows.places(stop)
    first, last = int(begins[0]), int(ends[-1])
    distances = origin.distances(rows.values[first:last])
    counts: Any = rows.weights(first, last)
    if counts is not None:
        distances = distances * counts
    cuts = np.column_stack((begins, ends)).ravel() - first
    return np.add.reduceat(distances, cuts[:-1])[::2]
