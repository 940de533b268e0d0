"""A drift series by column: one measure's value at each step, to draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mlsnap.report import cells
from mlsnap.report.drawings import HEIGHT
from mlsnap.report.ranking import change, compared, known_of, robust_distance
from mlsnap.values.difference import ColumnDifference, Difference
from mlsnap.values.drift import Drift

Values = list[float | None]
Value = Callable[[ColumnDifference], float | None]

_FINE = 4
"""Decimals of shares, and significant digits of other values, that a page keeps."""


def _unknown(column: ColumnDifference) -> None:
    """No one knows what is usual."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that a chart can show of a column.

    Attributes
    ----------
    of
        Its value in a difference.
    usual
        What it should not exceed there, where that is known.
    is_share
        It lies from -1 to 1, so that a few decimals tell it.
    """

    title: str
    of: Value
    usual: Value = _unknown
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class ColumnSeries:
    """One column's differences, as many as there are steps; ``None`` where it was not compared.

    ``drifted`` counts the steps at which it did; ``change`` is its greatest, from 0 to 1.
    """

    name: str
    type: str
    differences: tuple[ColumnDifference | None, ...]
    drifted: int
    change: float

    def values(self, measure: Measure) -> Values:
        """The measure at each step; ``None`` where it is not defined or not finite."""
        return [_finite(measure.of(each)) if each else None for each in self.differences]

    def usual(self, measure: Measure) -> Values:
        """What the measure should not exceed at each step."""
        return [_finite(measure.usual(each)) if each else None for each in self.differences]


def _robust(column: ColumnDifference) -> float | None:
    name = robust_distance(column)
    return known_of(column.distances[name]) if name else None


def _usually_robust(column: ColumnDifference) -> float | None:
    name = robust_distance(column)
    return column.usual.get(name) if name else None


def _distance(name: str) -> Value:
    return lambda column: known_of(column.distances.get(name))


def _usual(name: str) -> Value:
    return lambda column: column.usual.get(name)


MEASURES = (
    Measure("KS, of categories total variation", _robust, _usually_robust, is_share=True),
    Measure(
        "Wasserstein in standard deviations",
        lambda column: getattr(column.distances.get("wasserstein"), "normalised", None),
    ),
    Measure(
        "total variation", _distance("total_variation"), _usual("total_variation"), is_share=True
    ),
    Measure("population stability (PSI)", _distance("population_stability")),
    Measure(
        "change of the missing share",
        lambda column: column.percent_missing,
        _usual("percent_missing"),
        is_share=True,
    ),
    Measure("change of the mean", lambda column: column.moments.mean),
    Measure("change of the median (dates: s)", lambda column: column.median),
)
"""What a page of a drift lets choose from. Of distances known by their bounds, the lower one."""


def series_of(drift: Drift) -> list[ColumnSeries]:
    """A series for each column that was compared at any step, those that drifted most first.

    That is: at most steps, then by the greatest `mlsnap.report.ranking.change`.
    """
    steps = [_by_name(step.difference) for step in drift]
    rows = [_rows(step.difference) for step in drift]
    names = dict.fromkeys(name for step in steps for name in step)
    found = [_series(name, [step.get(name) for step in steps], rows) for name in names]
    return sorted(found, key=lambda each: (-each.drifted, -each.change))


def measures_of(series: Sequence[ColumnSeries]) -> list[Measure]:
    """The measures that any column has a value of."""
    return [each for each in MEASURES if any(_any(column.values(each)) for column in series)]


def embedded(series: Sequence[ColumnSeries], measures: Sequence[Measure]) -> list[list[Any]]:
    """What a page draws from, by column and measure: values, and what is usual where known.

    Shares are whole numbers of ten-thousandths; a list of one value stands for all being equal.
    """
    return [[_embedded(column, measure) for measure in measures] for column in series]


def _embedded(column: ColumnSeries, measure: Measure) -> list[Any]:
    values, usual = column.values(measure), column.usual(measure)
    return [_short(each, measure) for each in (values, usual) if each is values or _any(usual)]


def chart_width(steps: int) -> int:
    """The width of a drawn `line`, in its units."""
    return max(1, 10 * (steps - 1))


def line(values: Values, *, beside: Values) -> str:
    """Values as an SVG ``path``, 10 apart, the greatest on top; gaps where there is none.

    ``beside`` are those of another line of the same chart.
    """
    low, high = _bounds(values, beside)
    drawn, before = [], None
    for at, value in enumerate(values):
        if value is not None:
            place = f"{10 * at} {round(HEIGHT * (high - value) / (high - low))}"
            drawn.append(f"M{place}h0" if before is None else f"L{place}")
        before = value
    return "".join(drawn)


def _bounds(values: Values, beside: Values) -> tuple[float, float]:
    """The lowest and highest value of a chart: 0 is always on it."""
    known = [0.0, *(each for each in (*values, *beside) if each is not None)]
    low, high = min(known), max(known)
    return (low, high) if high > low else (low, low + 1.0)


def last(values: Values) -> float | None:
    """The last known value."""
    return next((each for each in reversed(values) if each is not None), None)


def greatest(values: Values) -> float | None:
    """The value farthest from 0."""
    return max((each for each in values if each is not None), key=abs, default=None)


def schema_changes(difference: Difference | None) -> str:
    """How many columns came, went and have another type.

    Examples
    --------
    >>> schema_changes(None)
    ''
    """
    if difference is None:
        return ""
    kinds = {name: getattr(difference, name) for name in ("added", "removed", "retyped")}
    return ", ".join(f"{len(found)} {name}" for name, found in kinds.items() if found)


def drifted_columns(difference: Difference | None) -> int | None:
    """How many columns drifted at a step; ``None`` where nothing was compared."""
    return None if difference is None else sum(bool(each.drifted) for each in compared(difference))


def series_label(values: Values, measure: Measure, series: ColumnSeries) -> str:
    """What a chart shows, for who does not see it."""
    count = sum(each is not None for each in values)
    ends = f"last {cells.brief(last(values))}, greatest {cells.brief(greatest(values))}"
    beyond = f", beyond the usual at {series.drifted}" if series.drifted else ""
    return f"{measure.title} at {count} steps: {ends}{beyond}" if count else f"no {measure.title}"


def _rows(difference: Difference | None) -> tuple[int, int]:
    return (difference.reference_rows, difference.current_rows) if difference else (0, 0)


def _by_name(difference: Difference | None) -> dict[str, ColumnDifference]:
    return {each.name: each for each in compared(difference)} if difference else {}


def _series(
    name: str, found: list[ColumnDifference | None], rows: list[tuple[int, int]]
) -> ColumnSeries:
    known = [(each, size) for each, size in zip(found, rows, strict=True) if each]
    return ColumnSeries(
        name=name,
        type=known[-1][0].type,
        differences=tuple(found),
        drifted=sum(bool(each.drifted) for each, _ in known),
        change=max(change(each, rows=size) for each, size in known),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _any(values: Values) -> bool:
    return any(each is not None for each in values)


def _short(values: Values, measure: Measure) -> list[float | int | None]:
    short = [None if each is None else _digits(each, measure) for each in values]
    return short[:1] if len(set(short)) == 1 else short


def _digits(value: float, measure: Measure) -> float | int:
    return round(value * 10**_FINE) if measure.is_share else float(f"{value:.{_FINE}g}")
