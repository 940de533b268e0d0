"""A stored distribution as a CDF of atoms and straight lines, and the gap between two of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlsnap.values.column import Distribution

Floats = NDArray[np.float64]

_HUGE = 1e290
"""Beyond it the difference of two values could overflow."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Rows spread evenly over intervals in ascending order; an interval of width 0 is an atom.

    ``low`` and ``high`` bound the intervals, ``mass`` counts their rows; all have one shape.
    """

    low: Floats
    high: Floats
    mass: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """The CDF of one distribution minus that of another, linear on each of n intervals.

    ``width`` holds the intervals' widths, ``left`` and ``right`` the gap at their two ends
    (limits from within), each of shape ``(n,)``. Outside of the intervals the gap is 0.
    """

    width: Floats
    left: Floats
    right: Floats


def pieces_of(distribution: Distribution, *, unit: float = 1.0) -> Pieces:
    """The rows of ``distribution`` at its points and between them, in multiples of ``unit``.

    Rows between two points are spread over the widest part of the space between them that has
    their stored mean as its middle.
    """
    points = np.asarray(distribution.points, dtype=np.float64) / unit
    between = np.asarray(distribution.between, dtype=np.float64)
    inside = between > 0
    low, high = points[:-1][inside], points[1:][inside]
    mean = np.clip(np.asarray(distribution.means, dtype=np.float64)[inside] / unit, low, high)
    reach = np.minimum(mean - low, high - mean)
    return _in_order(
        np.concatenate((points, mean - reach)),
        np.concatenate((points, mean + reach)),
        np.concatenate((np.asarray(distribution.at, dtype=np.float64), between[inside])),
    )


def gap_between(reference: Distribution, current: Distribution) -> tuple[Gap, float]:
    """The gap between two CDFs on the union of their grids, and the unit its widths are in.

    The unit is 1 unless values are so large that their differences would overflow.
    """
    unit = _unit(reference, current)
    first, second = pieces_of(reference, unit=unit), pieces_of(current, unit=unit)
    grid = np.unique(np.concatenate((first.low, first.high, second.low, second.high)))
    first_left, first_right = _limits(first, grid)
    second_left, second_right = _limits(second, grid)
    gap = Gap(
        width=np.diff(grid),
        left=(first_right - second_right)[:-1],
        right=(first_left - second_left)[1:],
    )
    return gap, unit


def standard_deviation(distribution: Distribution) -> float:
    """The standard deviation with n - 1 of the rows as `pieces_of` spreads them; NaN for one row.

    An evenly filled interval of width w adds w² / 12 to the variance.
    """
    unit = _unit(distribution, distribution)
    pieces = pieces_of(distribution, unit=unit)
    count = pieces.mass.sum()
    if count < 2:
        return math.nan
    middle = pieces.low + (pieces.high - pieces.low) / 2
    deviation = middle - middle[0]
    deviation = deviation - (pieces.mass * deviation).sum() / count
    size = max(float(np.abs(deviation).max()), float((pieces.high - pieces.low).max())) or 1.0
    square = (deviation / size) ** 2 + ((pieces.high - pieces.low) / size) ** 2 / 12
    return float(np.sqrt((pieces.mass * square).sum() / (count - 1))) * size * unit


def _unit(*distributions: Distribution) -> float:
    largest = max(max(abs(each.points[0]), abs(each.points[-1])) for each in distributions)
    return 2.0**64 if largest > _HUGE else 1.0


def _in_order(low: Floats, high: Floats, mass: Floats) -> Pieces:
    filled = mass > 0
    low, high, mass = low[filled], high[filled], mass[filled]
    order = np.lexsort((high, low))
    return Pieces(low[order], high[order], mass[order])


def _limits(pieces: Pieces, grid: Floats) -> tuple[Floats, Floats]:
    """The CDF just left and just right of each entry of ``grid``, which has all ends in it."""
    knots = np.column_stack((pieces.low, pieces.high)).ravel()
    total = np.cumsum(pieces.mass)
    share = np.column_stack((total - pieces.mass, total)).ravel() / total[-1]
    first = np.searchsorted(knots, grid, "left")
    after = np.searchsorted(knots, grid, "right")
    inside = _between_knots(knots, share, grid, after=first)
    known = after > first
    left = np.where(known, share[np.minimum(first, len(knots) - 1)], inside)
    right = np.where(known, share[np.maximum(after - 1, 0)], inside)
    return left, right


def _between_knots(
    knots: Floats, share: Floats, grid: Floats, *, after: NDArray[np.intp]
) -> Floats:
    below = np.clip(after - 1, 0, len(knots) - 1)
    above = np.clip(after, 0, len(knots) - 1)
    width = knots[above] - knots[below]
    rise = (share[above] - share[below]) * (grid - knots[below])
    line = share[below] + np.divide(rise, width, out=np.zeros_like(rise), where=width > 0)
    return np.where(after == 0, 0.0, np.where(after == len(knots), 1.0, line))
