"""A stored distribution as a CDF of jumps and straight lines, and two of them over one grid."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from struct import Struct
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
        The knots with fewer repeats, in rows of one or two.
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
        first, second = curves_of(reference, current, unit=self.unit)
        self.sides = first, second
        self.grid = np.concatenate((first.grid, second.grid), axis=None)
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


def curves_of(*distributions: Distribution, unit: float = 1.0) -> list[Curve]:
    """The CDFs of distributions, their values in multiples of ``unit``; several take little more.

    Rows between two points are spread over the widest part of the space between them that has
    their stored mean as its middle.
    """
    points = _array(each.points for each in distributions) / unit
    between = _array((each.between for each in distributions), "q", zeros=1)
    several = any(any(each.between) for each in distributions)
    stops = list(accumulate(len(each.points) for each in distributions))
    knots = points.repeat(3 if several else 2).reshape(len(points), -1)
    rows = np.zeros(knots.shape, dtype=np.int64)
    rows[:, 1] = _array((each.at for each in distributions), "q")
    if several:
        means = _array((each.means for each in distributions), zeros=1) / unit
        knots[:, 2], end = _bends(points, means, last=[stop - 1 for stop in stops])
        rows[:, 2] = between * end
        rows[1:, 0] = between[:-1] - rows[:-1, 2]
    knots[np.abs(knots) < _NOTHING] = 0.0
    total = rows.cumsum().reshape(knots.shape)
    return [_curve(knots[a:b], total[a:b]) for a, b in pairwise((0, *stops))]


def _curve(knots: Floats, total: NDArray[np.int64]) -> Curve:
    rows = total - total[0, 0]
    count = int(rows[-1, -1])
    return Curve(knots.ravel(), rows.ravel() / count, knots[:, 1:], count)


def standard_deviation(curve: Curve) -> float:
    """The standard deviation with n - 1 of the rows as `curves_of` spreads them; NaN for one row.

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


def _array(parts: Iterable[tuple[float, ...]], type_: str = "d", *, zeros: int = 0) -> NDArray[Any]:
    """Floats, or integers (``"q"``), in one array; so many zeros after each part.

    It takes a third of the time that `numpy.array` does.
    """
    packed = (Struct(f"{len(part)}{type_}{8 * zeros}x").pack(*part) for part in parts)
    return np.frombuffer(b"".join(packed), type_)


def _bends(points: Floats, means: Floats, *, last: list[int]) -> tuple[Floats, NDArray[np.bool_]]:
    """Where between a point and the next the rows end, or else begin; and whether they end there.

    Without rows, whose mean is NaN, and after the ``last`` points: at the point before.
    """
    after = np.concatenate((points[1:], points[-1:]))
    after[last] = points[last]
    mean = np.fmin(np.fmax(means, points), after)
    from_before, to_after = mean - points, after - mean
    reach = np.copysign(np.minimum(from_before, to_after), to_after - from_before)
    return np.minimum(np.maximum(mean + reach, points), after), from_before <= to_after
