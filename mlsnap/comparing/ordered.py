"""Distances along an axis: between columns whose values have an order and a scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import time, timedelta

from mlsnap.comparing.piecewise import Gap, gap_between, standard_deviation
from mlsnap.values.column import ColumnProfile, Distribution, Kind
from mlsnap.values.difference import Distance

_NO_AXIS = {
    Kind.STRING: "text has no order to measure along",
    Kind.BINARY: "bytes have no order to measure along",
    Kind.LIST: "lists have no order to measure along",
    Kind.DATAROW: "rows of several fields have no order to measure along",
    Kind.MIXED: "values of several types have no common order",
    Kind.UNKNOWN: "values of an unknown type have no order to measure along",
    Kind.NULL: "a column of nulls has no values",
}


def ordered_distance(
    reference: ColumnProfile,
    current: ColumnProfile,
    *,
    measure: Callable[[Gap, float], float],
    power: float = 1.0,
) -> Distance:
    """The distance that ``measure`` makes of the gap between two columns' CDFs and its unit.

    Returns
    -------
    Distance
        In the units of the stored distributions (dates: seconds) to the ``power``; also divided
        by the reference's standard deviation to that power, which leaves a number without a unit;
        or the reason why there is none.
    """
    reason = _undefined(reference, current)
    if reason or reference.distribution is None or current.distribution is None:
        return Distance(None, reason=reason)
    value = measure(*gap_between(reference.distribution, current.distribution))
    deviation = _deviation(reference, reference.distribution)
    return Distance(value, normalised=value / deviation**power if deviation > 0 else None)


def _undefined(reference: ColumnProfile, current: ColumnProfile) -> str | None:
    for column in (reference, current):
        if column.type in _NO_AXIS:
            return _NO_AXIS[column.type]
    empty = {
        side: column
        for side, column in (("reference", reference), ("current", current))
        if column.distribution is None or not column.distribution.count
    }
    if empty:
        missing = not any(column.not_missing_count for column in empty.values())
        where = "either" if len(empty) == 2 else f"the {next(iter(empty))}"
        return f"no {'values' if missing else 'finite values'} on {where} side"
    if _scale(reference) != _scale(current):
        return f"{_scale(reference)} and {_scale(current)} share no scale"
    return None


def _scale(column: ColumnProfile) -> str:
    match column.min:
        case timedelta():
            return "durations"
        case time():
            return "times of day"
        case _ if column.type is Kind.DATE:
            return "instants"
        case _:
            return "numbers"


def _deviation(column: ColumnProfile, distribution: Distribution) -> float:
    deviation = column.standard_deviation
    if deviation is None or not math.isfinite(deviation):
        return standard_deviation(distribution)
    return deviation
