"""Which columns, and which of their values, changed most."""

from __future__ import annotations

import math

from mlsnap.values.difference import ColumnDifference, Difference, ValueCountDifference


def most_changed_first(difference: Difference) -> list[ColumnDifference]:
    """The compared columns, those with the greatest `change` first, else in their order."""
    rows = difference.reference_rows, difference.current_rows
    return sorted(difference, key=lambda column: -change(column, rows=rows))


def change(column: ColumnDifference, *, rows: tuple[int, int]) -> float:
    """How much a column changed, as one number to rank it by; 0 if in nothing that counts.

    The greatest of: its distance in standard deviations of the reference (the Wasserstein
    distance where it is among them), the change of its share of missing rows, and the share of
    rows that changed from one common value to another. ``rows`` are those of the reference and
    of the current table. A constant that became anything else ranks before all.
    """
    return max(_distance(column), abs(column.percent_missing), _moved(column, *rows))


def value_changes(column: ColumnDifference) -> list[ValueCountDifference]:
    """The common values with a known change of count, the greatest first."""
    known = [each for each in column.value_counts if each.percent not in (None, 0.0)]
    return sorted(known, key=lambda each: -abs((each.current or 0) - (each.reference or 0)))


def _distance(column: ColumnDifference) -> float:
    found = column.distances
    first = found.get("wasserstein") or next(iter(found.values()), None)
    if first is None or not first.value:
        return 0.0
    return math.inf if first.normalised is None else first.normalised


def _moved(column: ColumnDifference, reference_rows: int, current_rows: int) -> float:
    if not reference_rows or not current_rows:
        return 0.0
    return 0.5 * sum(
        abs(each.current / current_rows - each.reference / reference_rows)
        for each in column.value_counts
        if each.current is not None and each.reference is not None
    )
