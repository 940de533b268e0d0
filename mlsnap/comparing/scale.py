"""Cells as numbers, so that two of them can be subtracted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from mlsnap.values.scalars import Scalar

Number = int | float | Decimal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def subtracted(reference: Scalar, current: Scalar) -> float | None:
    """current - reference: of numbers as they are, of dates, times and durations in seconds.

    ``None`` where a side has no value, is text or bytes, or is of another family (a time of day
    and an instant). Instants without a zone are taken as UTC.
    """
    if type(reference) is type(current) is float:
        return _minus(current, reference)
    first, second = on_scale(reference), on_scale(current)
    if first is None or second is None or first[0] != second[0]:
        return None
    return _minus(second[1], first[1]) / (1 if first[0] == "number" else 1_000_000)


def on_scale(value: Scalar) -> tuple[str, Number] | None:
    """The family of a value and its place in it (dates in microseconds); ``None`` for others."""
    match value:
        case int() | float() | Decimal():
            return "number", value
        case datetime():
            instant = value if value.tzinfo else value.replace(tzinfo=UTC)
            return "instant", (instant - _EPOCH) // _MICROSECOND
        case date():
            return "instant", (value - _EPOCH.date()) // _MICROSECOND
        case time():
            return "time of day", _since_midnight(value)
        case timedelta():
            return "duration", value // _MICROSECOND
        case _:
            return None


def _since_midnight(value: time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * 1_000_000 + value.microsecond


def _minus(left: Number, right: Number) -> float:
    if left == right:
        return 0.0
    if isinstance(left, int) and isinstance(right, int):
        return float(left - right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return float(left - right)
    return float(left) - float(right)
