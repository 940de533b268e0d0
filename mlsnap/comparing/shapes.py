"""What two columns looked like, on the same bins, for drawing."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from mlsnap.comparing.categories import Categories
from mlsnap.comparing.keys import value_of
from mlsnap.comparing.pair import Pair
from mlsnap.comparing.piecewise import Curve, Floats, Overlay
from mlsnap.values.column import ColumnProfile, Kind
from mlsnap.values.difference import Shapes
from mlsnap.values.scalars import Scalar

BINS = 20
"""Bins of values that have an order, at most."""

MOST_VALUES = 10
"""Values of others."""

_MIDDLE = np.array([0.01, 0.99])
_STEPS = np.arange(BINS + 1) / BINS
_DAY = 86_400
_MIDNIGHT = datetime(1970, 1, 1)


def shapes_of(pair: Pair) -> Shapes | None:
    """Both sides' shares by bin or by value; ``None`` where there is nothing to draw.

    Bins reach from the 1 % to the 99 % quantile of both sides, and on towards the extremes by as
    much again at most, so that single rows far out don't squash the others; the outermost hold
    what lies beyond. Bins of integers and of days are whole numbers of them wide. Of values
    without order the most common are drawn; one that a side has not stored counts as 0 there.
    """
    if pair.no_axis is None:
        by_value = pair.reference.type is pair.current.type is Kind.BOOLEAN
        return _of_booleans(pair.overlay) if by_value else _of_bins(pair)
    return None if pair.no_classes else _of_values(pair.categories)


def _of_booleans(overlay: Overlay) -> Shapes:
    ones = np.ones(1) / overlay.unit
    first, second = (float(side.below(ones)[0]) for side in overlay.sides)
    return Shapes((False, True), (first, 1 - first), (second, 1 - second))


def _of_bins(pair: Pair) -> Shapes | None:
    overlay = pair.overlay
    low, high = _span(overlay)
    step = _step(pair.reference) if _step(pair.reference) == _step(pair.current) else 0
    edges = (
        _whole(low * overlay.unit, high * overlay.unit, step) / overlay.unit
        if step
        else low + (high - low) * (_STEPS if low < high else _STEPS[::BINS])
    )
    labels = _labels(edges * overlay.unit, pair.reference)
    if labels is None:
        return None
    first, second = overlay.sides
    return Shapes(labels, _shares(first, edges), _shares(second, edges))


def _span(overlay: Overlay) -> tuple[float, float]:
    ends = [side.knots[side.heights.searchsorted(_MIDDLE)].tolist() for side in overlay.sides]
    low, high = min(ends[0][0], ends[1][0]), max(ends[0][1], ends[1][1])
    least, most = float(overlay.grid[0]), float(overlay.grid[-1])
    if low == high:
        return least, most
    return max(least, low - (high - low)), min(most, high + (high - low))


def _step(column: ColumnProfile) -> int:
    """What all values are multiples of; 0 if of nothing."""
    if column.type is Kind.INTEGER:
        return 1
    return _DAY if type(column.min) is date else 0


def _whole(low: float, high: float, step: int) -> Floats:
    """Edges of at most `BINS` bins that are multiples of ``step`` wide."""
    first, last = math.floor(low / step), math.floor(high / step)
    width = -(-(last - first + 1) // BINS)
    edges = range(first, last + 1 + width, width)
    return np.array(edges, dtype=np.float64) * step


def _shares(curve: Curve, edges: Floats) -> tuple[float, ...]:
    heights = np.concatenate(((0.0,), curve.below(edges[1:-1]), (1.0,)))
    return tuple((heights[1:] - heights[:-1]).tolist())


def _labels(edges: Floats, column: ColumnProfile) -> tuple[Scalar, ...] | None:
    """The edges, in seconds where they are dates, as values of the column's type."""
    values = edges.tolist()
    if column.type is not Kind.DATE:
        return tuple(map(int, values) if column.type is Kind.INTEGER else values)
    try:
        return tuple(_date(seconds, column.min) for seconds in values)
    except (OverflowError, ValueError):
        return None


def _date(seconds: float, like: Scalar) -> Scalar:
    match like:
        case timedelta():
            return timedelta(seconds=seconds)
        case time():
            return min(_MIDNIGHT + timedelta(seconds=seconds), _BEFORE_MIDNIGHT).time()
        case datetime() if like.tzinfo:
            return (
                (_MIDNIGHT + timedelta(seconds=seconds)).replace(tzinfo=UTC).astimezone(like.tzinfo)
            )
        case datetime():
            return _MIDNIGHT + timedelta(seconds=seconds)
        case date():
            return (_MIDNIGHT + timedelta(seconds=seconds)).date()
        case _:
            raise ValueError(f"{like!r} is no date")


_BEFORE_MIDNIGHT = datetime(1970, 1, 1, 23, 59, 59, 999_999)


def _of_values(categories: Categories) -> Shapes | None:
    keys, shares = categories.keys, categories.shares
    chosen = np.argsort(-shares.sum(axis=0), kind="stable")[:MOST_VALUES].tolist()
    if not chosen:
        return None
    first, second = shares[:, chosen].tolist()
    return Shapes(tuple(value_of(keys[place]) for place in chosen), tuple(first), tuple(second))
