"""What a difference says, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mlsnap.report.cells import name, names, signed
from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import ColumnDifference, Difference

MOST_COLUMNS = 60
"""Columns of a profile that a screen shows."""

_NAMED = 10
"""Columns that a sentence names."""


def headline(difference: Difference) -> str:
    """Whether the data is identical and how its number of rows changed."""
    before, after = difference.reference_rows, difference.current_rows
    if difference.identical:
        return f"The data is identical: the same {counted(after, 'row')} in the same order."
    if before == after:
        return f"The data differs; both sides have {counted(after, 'row')}."
    relative = f", {signed((after - before) / before * 100)} %" if before else ""
    return f"The data differs: {before} → {counted(after, 'row')} ({after - before:+d}{relative})."


def within(rank_error: float) -> str:
    """How far off quantiles may be.

    Examples
    --------
    >>> within(0.0001)
    'within ±0.01 % of the rows'
    """
    return f"within ±{_above(rank_error * 100)} % of the rows"


def approximations(columns: Iterable[ColumnProfile]) -> list[str]:
    """Which columns did not fit into the memory budget, and what that means for them."""
    found = list(columns)
    ranks = [each for each in found if each.rank_error]
    counts = [each for each in found if not each.distinct_exact]
    said = []
    if ranks:
        error = within(max(each.rank_error for each in ranks))
        said.append(f"beyond the memory budget, quantiles {error}: {_named(ranks)}")
    if counts:
        said.append(f"distinct values estimated: {_named(counts)}")
    return said


def left_out(columns: int, shown: int) -> list[str]:
    """That not all columns are shown, and what shows them."""
    if columns <= shown:
        return []
    return [f"… and {columns - shown:,} more columns: to_pandas(), --json and --html have all"]


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


def _named(columns: list[ColumnProfile]) -> str:
    shown = names(tuple(each.name for each in columns[:_NAMED]))
    more = len(columns) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _above(value: float) -> str:
    """``value`` rounded up to two significant digits: a bound stays one."""
    digits = 1 - math.floor(math.log10(value))
    return f"{math.ceil(round(value * 10**digits, 6)) / 10**digits:.{max(digits, 0)}f}".rstrip("0")


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun; ``plural`` where that takes more than an s.

    Examples
    --------
    >>> counted(1, "row"), counted(0, "row"), counted(2, "copy", "copies")
    ('1 row', '0 rows', '2 copies')
    """
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"
