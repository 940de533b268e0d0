"""What a page tells of one column of a difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mlsnap.report import cells
from mlsnap.report.drawings import is_ordered
from mlsnap.report.statistics import MOMENTS, difference_statistics
from mlsnap.values.column import QUANTILES
from mlsnap.values.difference import ColumnDifference, Difference, Distance, Shapes

TITLES = {
    "kolmogorov_smirnov": "KS",
    "total_variation": "Total var.",
    "population_stability": "PSI",
    "jensen_shannon": "JS",
    "wasserstein": "Wasserstein",
}
"""Distances that a row of a page has room for, and their titles there."""

_ELSEWHERE = ("type", "value_counts")


class Measured(NamedTuple):
    """A distance as a line of a table."""

    name: str
    value: str
    normalised: str
    usual: str
    reason: str
    is_beyond: bool


class SharePair(NamedTuple):
    """A value and its share of the rows of either side, 0-1."""

    label: str
    reference: float
    current: float


def distance_titles(difference: Difference) -> dict[str, str]:
    """The distances that rows show, with their titles."""
    columns = difference.compared.values()
    there = dict.fromkeys(name for column in columns for name in column.distances)
    telling = {name: title for name, title in TITLES.items() if name in there}
    return telling or {name: name.replace("_", " ").capitalize() for name in there}


def shown_distance(distance: Distance | None) -> tuple[str, float | None]:
    """A distance as a cell and what to sort it by: without its unit, where it has such a form."""
    if distance is None:
        return "", None
    if distance.normalised is not None:
        return f"{cells.brief(distance.normalised)} sd", distance.normalised
    return cells.distance(distance), distance.least


def difference_details(column: ColumnDifference) -> list[tuple[str, str]]:
    """The changes of a column that are defined, with their titles; distances are apart."""
    apart = {*_ELSEWHERE, *column.distances, *(f"{name}_normalised" for name in column.distances)}
    return [
        (title.replace("_", " "), _changed(column, title, value))
        for title, value in difference_statistics(column).items()
        if value is not None and title not in apart and not isinstance(value, dict)
    ]


def measured(column: ColumnDifference) -> list[Measured]:
    """All distances of a column, with bounds or the reason why there is none."""
    return [
        Measured(
            name.replace("_", " "),
            cells.distance(found),
            cells.normalised(found),
            cells.brief(column.usual.get(name)),
            found.reason or "",
            name in column.drifted,
        )
        for name, found in column.distances.items()
    ]


def share_pairs(shapes: Shapes | None) -> list[SharePair]:
    """The shares of single values; none where values have an order, and are drawn."""
    if shapes is None or is_ordered(shapes):
        return []
    sides = zip(shapes.labels, shapes.reference, shapes.current, strict=True)
    return [SharePair(cells.scalar(label), before, after) for label, before, after in sides]


def difference_label(column: ColumnDifference) -> str:
    """What the drawing of a column shows, for who does not see it."""
    if column.shapes is None:
        return ""
    most = ", ".join(_most(column.shapes))
    median = cells.change(column.median, of=column.type)
    return f"{most}; median {median}" if column.median is not None else most


def _most(shapes: Shapes) -> Iterator[str]:
    for side in ("reference", "current"):
        shares: tuple[float, ...] = getattr(shapes, side)
        top = max(shares, default=0.0)
        if not top:
            yield f"{side} without values"
            continue
        at = shares.index(top)
        label = cells.scalar(shapes.labels[at])
        if is_ordered(shapes):
            label += f" to {cells.scalar(shapes.labels[at + 1])}"
        yield f"{side} mostly {label} ({cells.share(top)})"


def _changed(column: ColumnDifference, title: str, value: float | str) -> str:
    if title.endswith("_in_percent"):
        return cells.percent(value)
    if title in ("percent_missing", "percent_not_finite"):
        return cells.points(float(value))
    is_value = title in ("min", "max", "median", *QUANTILES, *MOMENTS[:2])
    return cells.change(float(value), of=column.type) if is_value else cells.signed(float(value))
