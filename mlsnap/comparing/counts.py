"""Counts of rows and of values, compared in percent."""

from __future__ import annotations

import math
from collections.abc import Hashable

from mlsnap.comparing.scale import on_scale
from mlsnap.values.column import ColumnProfile, ValueCount
from mlsnap.values.difference import NO_BASE, Percent, ValueCountDifference
from mlsnap.values.scalars import Scalar


def in_percent(reference: int, current: int) -> Percent:
    """The change from ``reference`` to ``current`` in percent, `NO_BASE` where there is none.

    Examples
    --------
    >>> in_percent(200, 250)
    25.0
    >>> in_percent(0, 37)
    'no base'
    >>> in_percent(0, 0)
    0.0
    """
    if reference == current:
        return 0.0
    return (current - reference) / reference * 100 if reference else NO_BASE


def value_counts(
    reference: ColumnProfile, current: ColumnProfile
) -> tuple[ValueCountDifference, ...]:
    """The changed counts of all values that are among the stored ones of a side.

    The reference's come first, in its order. A side's count is ``None`` where the value may be
    in the column without having been stored.
    """
    first, second = _by_key(reference), _by_key(current)
    return tuple(
        _difference(
            (first.get(key) or second[key]).value,
            first[key].count if key in first else _count_if_absent(reference),
            second[key].count if key in second else _count_if_absent(current),
        )
        for key in dict.fromkeys((*first, *second))
    )


def _difference(value: Scalar, reference: int | None, current: int | None) -> ValueCountDifference:
    if reference is None or current is None:
        return ValueCountDifference(value, reference, current, None)
    return ValueCountDifference(value, reference, current, in_percent(reference, current))


def _by_key(column: ColumnProfile) -> dict[Hashable, ValueCount]:
    return {_key(found.value): found for found in column.most_common}


def _key(value: Scalar) -> Hashable:
    if isinstance(value, float) and math.isnan(value):
        return "not a number", None
    return on_scale(value) or ("other", value)


def _count_if_absent(column: ColumnProfile) -> int | None:
    if not column.not_missing_count:
        return 0
    complete = column.distinct_exact and column.distinct_count is not None
    return 0 if complete and len(column.most_common) >= (column.distinct_count or 0) else None
