"""The stored distribution and the drawn histogram of a column, from its sorted values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsnap.values.profile import Distribution, Histogram

Floats = NDArray[np.float64]

FULL_TABLE = 512
"""Up to so many distinct values every one of them is a point."""

BINS = 20
"""Bins of the drawn histogram."""

_TAIL = np.array([1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 2e-3])
_GRID = np.unique(np.concatenate((np.linspace(0, 1, 243), _TAIL, 1 - _TAIL)))
"""Ranks of the points beyond that, as fractions; denser in the tails."""

_ENDS = np.arange(32)
"""So many of the smallest and of the largest rows are points of their own."""


_HUGE = 2.0**1000
"""Beyond it the distance of two values could overflow."""


def distribution_of(ordered: Floats) -> Distribution | None:
    """The empirical CDF of ``ordered`` finite values at some 300 points (or at every value).

    Parameters
    ----------
    ordered
        Finite values in ascending order, shape ``(n,)``.

    Returns
    -------
    Distribution or None
        ``None`` for no values.
    """
    if not len(ordered):
        return None
    points = _points(ordered)
    first = np.searchsorted(ordered, points, "left")
    after = np.searchsorted(ordered, points, "right")
    gaps = list(zip(after[:-1].tolist(), first[1:].tolist(), strict=True))
    return Distribution(
        points=tuple(points.tolist()),
        at=tuple((after - first).tolist()),
        between=tuple(stop - start for start, stop in gaps),
        means=tuple(_mean(ordered[start:stop]) for start, stop in gaps),
    )


def histogram_of(ordered: Floats) -> Histogram | None:
    """Counts of ``ordered`` finite values in equally wide bins; one bin for a constant."""
    if not len(ordered):
        return None
    low, high = float(ordered[0]), float(ordered[-1])
    if low == high:
        return Histogram((low, high), (len(ordered),))
    edges = low * (1 - _STEPS) + high * _STEPS
    inner = np.searchsorted(ordered, edges[1:-1], "left")
    counts = np.diff(inner, prepend=0, append=len(ordered))
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


_STEPS = np.linspace(0, 1, BINS + 1)


def _points(ordered: Floats) -> Floats:
    steps = np.flatnonzero(ordered[1:] != ordered[:-1])
    if len(steps) < FULL_TABLE:
        return ordered[np.concatenate(([0], steps + 1))]
    inner = np.rint(_GRID * (len(ordered) - 1)).astype(np.int64)
    return np.unique(ordered[np.concatenate((_ENDS, inner, len(ordered) - 1 - _ENDS))])


def _mean(values: Floats) -> float:
    if not len(values):
        return float("nan")
    origin, size = values[0], _HUGE if values[-1] > _HUGE or values[0] < -_HUGE else 1.0
    return float(origin / size + (values / size - origin / size).mean()) * size
