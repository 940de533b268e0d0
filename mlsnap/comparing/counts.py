"""Counts of rows and of values, compared in percent."""

from __future__ import annotations

from collections.abc import Hashable

from mlsnap.comparing.keys import Key, key_between
from mlsnap.values.column import ColumnProfile, ValueCount
from mlsnap.values.difference import NO_BASE, Percent, ValueCountDifference


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
    key = key_between(reference, current)
    first, second = _by_key(reference, key), _by_key(current, key)
    before, after = _count_if_absent(reference), _count_if_absent(current)
    values = first | second | first
    old = [first[key].count if key in first else before for key in values]
    new = [second[key].count if key in second else after for key in values]
    percents = [
        None if base is None or count is None else in_percent(base, count)
        for base, count in zip(old, new, strict=True)
    ]
    shown = [each.value for each in values.values()]
    return tuple(map(ValueCountDifference, shown, old, new, percents))


def _by_key(column: ColumnProfile, key: Key | None) -> dict[Hashable, ValueCount]:
    if key is None:
        return {found.value: found for found in column.most_common}
    return {key(found.value): found for found in column.most_common}


def _count_if_absent(column: ColumnProfile) -> int | None:
    if not column.not_missing_count:
        return 0
    complete = column.distinct_exact and column.distinct_count is not None
    return 0 if complete and len(column.most_common) >= (column.distinct_count or 0) else None
