"""Which columns, and which of their values, changed most."""

from __future__ import annotations

from mlsnap.values.difference import ColumnDifference, Difference, ValueCountDifference


def most_changed_first(difference: Difference) -> list[ColumnDifference]:
    """The compared columns, also the retyped ones that could be.

    Those that drifted come first, then those of another type, then those with the greatest
    `change`, of equal ones those with the greatest normalised distance, else in their order.
    """
    rows = difference.reference_rows, difference.current_rows
    retyped = {each.name for each in difference.retyped}

    def place(column: ColumnDifference) -> tuple[bool, bool, float, float]:
        is_same_type = column.name not in retyped
        return not column.drifted, is_same_type, -change(column, rows=rows), -_far(column)

    return sorted(difference.compared.values(), key=place)


def change(column: ColumnDifference, *, rows: tuple[int, int]) -> float:
    """How much a column changed, from 0 to 1, to rank it by.

    The greatest of its `ColumnDifference.telling` distance and the changes of its shares of missing
    rows and of NaN and infinite ones: all are shares of rows, so that columns of all kinds compare,
    and one wild value counts for one row, where it could stretch a Wasserstein distance beyond all
    others. Where there is no such distance, the share of rows that changed from one common value to
    another, and d / (1 + d) of another normalised distance d; a constant that became anything else
    is 1. ``rows`` are those of the reference and of the current table.
    """
    known = column.least(column.telling) if column.telling else None
    if known is None:
        known = max(_far(column) / (1 + _far(column)), _moved(column, *rows))
    return max(known, abs(column.percent_missing), abs(column.percent_not_finite))


def value_changes(column: ColumnDifference) -> list[ValueCountDifference]:
    """The common values with a known change of count, the greatest first."""
    known = [each for each in column.value_counts if each.percent not in (None, 0.0)]
    return sorted(known, key=lambda each: -abs((each.current or 0) - (each.reference or 0)))


def _far(column: ColumnDifference) -> float:
    """The normalised distance, Wasserstein's where it is among them."""
    found = column.distances
    first = found.get("wasserstein") or next(iter(found.values()), None)
    if first is None or not first.value:
        return 0.0
    return _FARTHEST if first.normalised is None else min(first.normalised, _FARTHEST)


_FARTHEST = 1e300
"""Stands for the distance from a constant, which has no standard deviation to divide by."""


def _moved(column: ColumnDifference, reference_rows: int, current_rows: int) -> float:
    if not reference_rows or not current_rows:
        return 0.0
    return 0.5 * sum(
        abs(each.current / current_rows - each.reference / reference_rows)
        for each in column.value_counts
        if each.current is not None and each.reference is not None
    )
