"""Tables of differences for terminals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from mlsnap.report import cells
from mlsnap.report.drawings import sparklines
from mlsnap.report.ranking import most_changed_first, value_changes
from mlsnap.report.statements import (
    MOST_COLUMNS,
    columns_apart,
    drifted,
    headline,
    left_out,
    undefined,
)
from mlsnap.report.tables import as_text, fitting
from mlsnap.values.difference import ColumnDifference, Difference

DRIFTED, RETYPED = "!", "≠"
"""Signs before the names of columns, for who sees no colour."""

SHORT = {
    "wasserstein": "wasserstein",
    "energy": "energy",
    "kolmogorov_smirnov": "KS",
    "total_variation": "total var.",
    "population_stability": "PSI",
    "jensen_shannon": "JS",
    "hellinger": "hellinger",
    "l_infinity": "l-inf",
    "chi_squared": "chi²",
}
"""Titles of distances, the most telling first."""

_VALUE = 40
"""Longest change of a value, in characters."""


def difference_text(
    difference: Difference, *, width: int | None = None, most: int | None = MOST_COLUMNS
) -> str:
    """A difference in sentences and as a table, the most changed columns first.

    Of more than ``most`` columns, the least changed are left out.
    """
    return as_text(difference_view(difference, width=width, most=most), width=width)


def difference_view(
    difference: Difference, *, width: int | None = None, most: int | None = None
) -> RenderableType:
    """What `difference_text` shows."""
    ranked = most_changed_first(difference)
    if difference.identical or not ranked:
        return Group(*_sentences(difference, most))
    shown = ranked[:most]
    distances = _distances(shown)
    table = fitting(
        [column.name for column in shown],
        {**_drawn(shown), **distances, **_changes(shown)},
        dispensable=_less_telling(distances),
        width=width,
        marks=_marks(difference, shown),
    )
    notes = [*left_out(len(ranked), len(shown)), *_legend(difference, ranked), *undefined(ranked)]
    return Group(*_sentences(difference, most), table, *map(Text, notes))


def _sentences(difference: Difference, most: int | None) -> list[Text]:
    apart = columns_apart(difference, most=10 if most else None)
    said = [*_sides(difference), *(f"{what}: {listed}" for what, listed in apart.items())]
    return [Text(headline(difference), style="bold"), *map(Text, said)]


def _sides(difference: Difference) -> list[str]:
    """What is compared, unless neither has a name of its own."""
    named = {"reference": difference.reference, "current": difference.current}
    if all(side == name for side, name in named.items()):
        return []
    return [cells.printable(", ".join(f"{side} {name}" for side, name in named.items()))]


def _marks(difference: Difference, columns: Sequence[ColumnDifference]) -> list[str]:
    retyped = {each.name for each in difference.retyped}
    return [
        (DRIFTED if column.drifted else "") + (RETYPED if column.name in retyped else "")
        for column in columns
    ]


def _legend(difference: Difference, columns: Sequence[ColumnDifference]) -> list[str]:
    """What the signs mean that are there."""
    said = []
    if found := drifted(columns):
        said.append(f"{DRIFTED} {found}")
    if any(each.difference for each in difference.retyped):
        said.append(f"{RETYPED} another type now")
    return said


def _drawn(columns: Sequence[ColumnDifference]) -> dict[str, list[str]]:
    drawn = [sparklines(column.shapes) for column in columns]
    sides = {"reference": [each[0] for each in drawn], "current": [each[1] for each in drawn]}
    return {title: lines for title, lines in sides.items() if any(lines)}


def _distances(columns: Sequence[ColumnDifference]) -> dict[str, list[str]]:
    """Those without a unit, then those in units of the column; what no column has is left out."""
    there = {name for column in columns for name in column.distances}
    names = [*(name for name in SHORT if name in there), *sorted(there - set(SHORT))]
    known = {name: [column.distances.get(name) for column in columns] for name in names}
    raw = {SHORT.get(n, n): list(map(cells.distance, found)) for n, found in known.items()}
    free = {f"{SHORT.get(n, n)}/sd": list(map(cells.normalised, f)) for n, f in known.items()}
    with_unit = [title for title in raw if any(free[f"{title}/sd"])]
    ordered = {
        **{title: line for title, line in free.items() if any(line)},
        **{title: line for title, line in raw.items() if title not in with_unit},
        **{title: raw[title] for title in with_unit},
    }
    return {title: line for title, line in ordered.items() if any(line)}


def _changes(columns: Sequence[ColumnDifference]) -> dict[str, list[str]]:
    every = {title: [show(column) for column in columns] for title, show in _CHANGES.items()}
    return {title: line for title, line in every.items() if any(line)}


def _of(value: Callable[[ColumnDifference], float | None]) -> Callable[[ColumnDifference], str]:
    return lambda column: cells.change(value(column), of=column.type)


def _greatest_value_change(column: ColumnDifference) -> str:
    changes = value_changes(column)
    if not changes:
        return ""
    first = changes[0]
    counts = f": {first.reference} → {first.current}"
    return cells.shortened(cells.scalar(first.value), _VALUE - len(counts)) + counts


_CHANGES: dict[str, Callable[[ColumnDifference], str]] = {
    "missing": lambda column: cells.points(column.percent_missing),
    "mean": _of(lambda column: column.moments.mean),
    "50%": _of(lambda column: column.median),
    "sd": _of(lambda column: column.moments.standard_deviation),
    "min": _of(lambda column: column.min),
    "max": _of(lambda column: column.max),
    "most changed value": _greatest_value_change,
}


def _less_telling(distances: Sequence[str] | dict[str, list[str]]) -> list[str]:
    """What a narrow terminal leaves out, in this order: what else is there tells more."""
    further = [title for title in distances if title not in _TELLING]
    return [*reversed(further), *_LESS_TELLING]


_TELLING = ("wasserstein/sd", "KS", "total var.", "PSI", "JS")

_LESS_TELLING = (
    *("min", "max", "sd", "JS", "PSI", "most changed value", "50%", "mean"),
    *("wasserstein/sd", "reference", "current", "KS", "total var.", "missing"),
)
