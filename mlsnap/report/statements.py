"""What a difference says, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlsnap.report.cells import above, name, names, signed
from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import ColumnDifference, Difference
from mlsnap.values.drift import Drift
from mlsnap.values.timeline import Timeline

MOST_COLUMNS = 60
"""Columns of a profile that a screen shows."""

_NAMED = 10
"""Columns that a sentence names."""

_NUMBERS = re.compile(r"[\d,.]*\d")

_REASONS = 8
"""Reasons for what is not defined that are told."""


def headline(difference: Difference) -> str:
    """Whether the data is identical and how its number of rows changed."""
    before, after = difference.reference_rows, difference.current_rows
    if difference.identical:
        return f"The data is identical: the same {counted(after, 'row')} in the same order."
    if before == after:
        return f"The data differs; both sides have {counted(after, 'row')}."
    relative = f", {signed((after - before) / before * 100)} %" if before else ""
    rows = f"{before:,} → {counted(after, 'row')} ({after - before:+,}{relative})"
    return f"The data differs: {rows}."


def drift_headline(drift: Drift | Timeline) -> str:
    """How many steps a series has and what each is measured against.

    Examples
    --------
    >>> drift_headline(Drift("crime", "previous", ()))
    '0 steps, each against the previous one.'
    """
    known = {"first": "the first one", "previous": "the previous one"}
    against = known.get(drift.against) or name(drift.against)
    return f"{counted(len(drift), 'step')}, each against {against}."


def within(rank_error: float) -> str:
    """How far off quantiles may be.

    Examples
    --------
    >>> within(0.0001)
    'within ±0.01 % of the rows'
    """
    percent = f"{above(rank_error * 100):.15f}".rstrip("0").rstrip(".")
    return f"within ±{percent} % of the rows"


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


def columns_apart(difference: Difference, *, most: int | None = _NAMED) -> dict[str, str]:
    """What changed in the schema, and the columns that were left out, by what it is.

    Of more than ``most`` columns, the first are named. What there is nothing of is left out.
    """
    retyped = (f"{each.name} ({each.reference} → {each.current})" for each in difference.retyped)
    found = {
        "added": names(difference.added, most=most),
        "removed": names(difference.removed, most=most),
        "retyped": names(retyped, most=most),
        "other Arrow type": names(_arrow_types(difference), most=most),
        "reordered": "the columns that both sides have" if difference.reordered else "",
        "excluded": names(difference.excluded, most=most),
    }
    return {what: listed for what, listed in found.items() if listed}


def undefined(columns: Iterable[ColumnDifference]) -> list[str]:
    """Why columns have no distance, or only bounds of it: a sentence for each kind of reason.

    Reasons that differ in their numbers alone share a sentence, with the numbers of the first.
    """
    without: dict[tuple[bool, str], list[tuple[str, str, str]]] = {}
    computed: dict[str, None] = {}
    for column in columns:
        for distance, found in column.distances.items():
            computed[distance] = None
            if found.reason:
                kind = found.lower is not None, _NUMBERS.sub("0", found.reason)
                without.setdefault(kind, []).append((distance, column.name, found.reason))
    sentences = [
        _undefined(found, of=len(computed), bounded=is_bounded)
        for (is_bounded, _), found in without.items()
    ]
    return sentences[:_REASONS] + _more_reasons(len(sentences) - _REASONS)


def _undefined(found: list[tuple[str, str, str]], *, of: int, bounded: bool) -> str:
    distances, without, reasons = (list(dict.fromkeys(each)) for each in zip(*found, strict=True))
    which = ", ".join(distances) if len(distances) < of else "distance"
    alike = ", and the like" if len(reasons) > 1 else ""
    listed = names(without, most=_NAMED)
    return f"{'only bounds of' if bounded else 'no'} {which}: {reasons[0]}{alike} ({listed})"


def _more_reasons(count: int) -> list[str]:
    return [f"… and {counted(count, 'more reason')}: --json has all"] if count > 0 else []


def drifted(columns: Iterable[ColumnDifference]) -> str:
    """How many columns changed more than alike tables do; no text where none did.

    Examples
    --------
    >>> drifted([])
    ''
    """
    found = [each for each in columns if each.drifted]
    noun = counted(len(found), "column")
    return f"{noun} drifted: beyond what alike tables show" if found else ""


def _arrow_types(difference: Difference) -> list[str]:
    found = ((each.name, each.arrow_types) for each in difference)
    return [f"{column} ({types[0]} → {types[1]})" for column, types in found if types]


def _named(columns: list[ColumnProfile]) -> str:
    return names((each.name for each in columns), most=_NAMED)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun; ``plural`` where that takes more than an s.

    Examples
    --------
    >>> counted(1, "row"), counted(3200, "row"), counted(2, "copy", "copies")
    ('1 row', '3,200 rows', '2 copies')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
