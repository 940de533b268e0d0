"""What a difference says, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from mlsnap.report.cells import name, names, signed
from mlsnap.values.difference import ColumnDifference, Difference


def headline(difference: Difference) -> str:
    """Whether the data is identical and how its number of rows changed."""
    before, after = difference.reference_rows, difference.current_rows
    if difference.identical:
        return f"The data is identical: the same {counted(after, 'row')} in the same order."
    if before == after:
        return f"The data differs; both sides have {counted(after, 'row')}."
    relative = f", {signed((after - before) / before * 100)} %" if before else ""
    return f"The data differs: {before} → {counted(after, 'row')} ({after - before:+d}{relative})."


def columns_apart(difference: Difference) -> dict[str, str]:
    """The columns that were not compared, by why; reasons without a column are left out."""
    retyped = (f"{name(c.name)} ({c.reference} → {c.current})" for c in difference.retyped)
    found = {
        "added": names(difference.added),
        "removed": names(difference.removed),
        "retyped": ", ".join(retyped),
        "excluded": names(difference.excluded),
    }
    return {why: listed for why, listed in found.items() if listed}


def undefined(columns: Iterable[ColumnDifference]) -> list[str]:
    """Why columns have no distance, a sentence for each reason."""
    reasons: dict[str, dict[str, None]] = {}
    for column in columns:
        for distance in column.distances.values():
            if distance.reason:
                reasons.setdefault(distance.reason, {})[column.name] = None
    return [f"no distance: {why} ({names(tuple(found))})" for why, found in reasons.items()]


def counted(count: int, noun: str) -> str:
    """A count and its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(0, "row")
    ('1 row', '0 rows')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
