"""A stored distribution as a CDF of jumps and straight lines, and two of them over one grid."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.values.column import Distribution

Floats = NDArray[np.float64]

_NOTHING = 1e-290
"""Numbers nearer to 0, next to a largest of about 1, count as 0: slopes stay finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A CDF: straight lines between knots, and jumps where knots repeat.

    Attributes
    ----------
    knots
        Ascending values, shape ``(k,)``.
    heights
        The share of the rows, 0-1, up to each knot; shape ``(k,)``, from 0 to 1.
    grid
        The knots with fewer repeats.
    count
        Rows.
    """

    knots: Floats
    heights: Floats
    grid: Floats
    count: int

    def up_to(self, values: Floats) -> Floats:
        """The share of the rows that are at most each of ``values``."""
        return np.interp(values, self.knots, self.heights)

    def below(self, values: Floats) -> Floats:
        """The share of the rows that are less than each of ``values``."""
        return self.above_negated(-values[::-1])[::-1]

    def above_negated(self, negated: Floats) -> Floats:
        """The share of the rows whose negative is more than each of ``negated``."""
        return np.interp(negated, -self.knots[::-1], self.heights[::-1])


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """The CDF of one distribution minus that of another, linear on each of n intervals.

    ``width`` holds the intervals' widths, ``left`` and ``right`` the gap at their two ends
    (limits from within), each of shape ``(n,)``. Outside of the intervals the gap is 0.
    """

    width: Floats
    left: Floats
    right: Floats


class Overlay:
    """The CDFs of two distributions over the grid of both, in multiples of ``unit``.

    Attributes
    ----------
    unit
        A power of two near the largest value, so that no difference of two overflows.
    sides
        The reference's curve and the current one.
    grid
        All knots of both, ascending, shape ``(g,)``.
    heights
        Of both sides the share of the rows below each entry of the grid, and up to it, in turns;
        shape ``(2, 2 g)``.
    """

    def __init__(self, reference: Distribution, current: Distribution) -> None:
        self.unit = _unit(reference, current)
        first, second = (curve_of(each, unit=self.unit) for each in (reference, current))
        self.sides = first, second
        self.grid = np.concatenate((first.grid, second.grid))
        self.grid.sort(kind="stable")
        self.heights = self._heights()

    @property
    def rows(self) -> tuple[int, int]:
        """Of both sides."""
        return self.sides[0].count, self.sides[1].count

    @cached_property
    def gap(self) -> Gap:
        """The reference's CDF minus the current one."""
        gap = self.heights[0] - self.heights[1]
        return Gap(width=self.grid[1:] - self.grid[:-1], left=gap[1:-1:2], right=gap[2::2])

    def _heights(self) -> Floats:
        negated = -self.grid[::-1]
        heights = np.empty((2, len(self.grid), 2))
        for side, curve in enumerate(self.sides):
            heights[side, :, 0] = curve.above_negated(negated)[::-1]
            heights[side, :, 1] = curve.up_to(self.grid)
        return heights.reshape(2, -1)


def curve_of(distribution: Distribution, *, unit: float = 1.0) -> Curve:
    """The CDF of ``distribution``, its values in multiples of ``unit``.

    Rows between two points are spread over the widest part of the space between them that has
    their stored mean as its middle.
    """
    points = _array(distribution.points) / unit
    between = any(distribution.between)
    knots = points.repeat(4 if between else 2).reshape(len(points), -1)
    rows = np.zeros(knots.shape)
    rows[:, 1] = _array(distribution.at, "q")
    if between:
        rows[:-1, 3] = _array(distribution.between, "q")
        knots[:-1, 2:] = _spread(points, rows[:-1, 3], _array(distribution.means) / unit)
    knots[np.abs(knots) < _NOTHING] = 0.0
    total = rows.ravel().cumsum()
    return Curve(knots.ravel(), total / total[-1], knots[:, 1:].ravel(), int(total[-1]))


def standard_deviation(curve: Curve) -> float:
    """The standard deviation with n - 1 of the rows as `curve_of` spreads them; NaN for one row.

    An evenly filled interval of width w adds w² / 12 to the variance.
    """
    if curve.count < 2:
        return math.nan
    share = curve.heights[1:] - curve.heights[:-1]
    width = curve.knots[1:] - curve.knots[:-1]
    middle = curve.knots[:-1] + width / 2 - curve.knots[0]
    middle = middle - (share * middle).sum()
    size = max(float(np.abs(middle).max()), float(width.max())) or 1.0
    square = (middle / size) ** 2 + (width / size) ** 2 / 12
    return math.sqrt(float((share * square).sum()) * curve.count / (curve.count - 1)) * size


def _unit(*distributions: Distribution) -> float:
    largest = max(max(abs(each.points[0]), abs(each.points[-1])) for each in distributions)
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest else 1.0


def _array(values: tuple[float, ...], type_: str = "d") -> NDArray[Any]:
    """Floats, or integers (``"q"``), as an array in half the time that `numpy.array` takes."""
    return np.frombuffer(struct.pack(f"{len(values)}{type_}", *values), type_)


def _spread(points: Floats, rows: Floats, means: Floats) -> Floats:
    """Where the rows between points begin and end, shape ``(n, 2)``; none: at the point before."""
    before, after = points[:-1], points[1:]
    mean = np.where(rows > 0, means, before)
    mean = np.minimum(np.maximum(mean, before), after)
    reach = np.minimum(mean - before, after - mean)
    spread = np.empty((len(rows), 2))
    np.maximum(mean - reach, before, out=spread[:, 0])
    np.minimum(mean + reach, after, out=spread[:, 1])
    return spread
