"""What a drift series shows of its columns: a measure's value at each step, to draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mlsnap.report import cells
from mlsnap.report.drawings import HEIGHT
from mlsnap.report.ranking import change
from mlsnap.values.difference import ColumnDifference, Difference
from mlsnap.values.drift import ColumnDrift, Drift

Values = list[float | None]
Value = Callable[[ColumnDifference], float | None]

_FINE = 4
"""Decimals of shares, and significant digits of other values, that a page keeps."""

_DASH = 8
"""Width of a value without neighbours in a `line`."""


def _unknown(column: ColumnDifference) -> None:
    """No one knows what is usual."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that a chart can show of a column.

    Attributes
    ----------
    value
        What it is in a difference.
    bound
        What it should not exceed there, where that is known.
    is_share
        It lies from -1 to 1, so that a few decimals tell it.
    """

    title: str
    value: Value
    bound: Value = _unknown
    is_share: bool = False

    def values(self, column: ColumnDrift) -> Values:
        """What it is at each step; ``None`` where it is not defined or not finite."""
        return [_finite(self.value(each)) if each else None for each in column.differences]

    def usual(self, column: ColumnDrift) -> Values:
        """What it should not exceed at each step."""
        return [_finite(self.bound(each)) if each else None for each in column.differences]


def _telling(column: ColumnDifference) -> float | None:
    return column.least(column.telling) if column.telling else None


def _usually_telling(column: ColumnDifference) -> float | None:
    return column.usual.get(column.telling) if column.telling else None


def _distance(name: str) -> Value:
    return lambda column: column.least(name)


def _usual(name: str) -> Value:
    return lambda column: column.usual.get(name)


MEASURES = (
    Measure("KS, of categories total variation", _telling, _usually_telling, is_share=True),
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


def most_drifted_first(drift: Drift) -> list[ColumnDrift]:
    """The columns that were compared at any step.

    Those that drifted at most steps come first, then those with the greatest
    `mlsnap.report.ranking.change`.
    """
    rows = [_rows(step.difference) for step in drift]

    def place(column: ColumnDrift) -> tuple[int, float]:
        steps = zip(column.differences, rows, strict=True)
        return -column.drifted, -max(change(each, rows=size) for each, size in steps if each)

    return sorted((each for each in drift.by_column().values() if each.type), key=place)


def has_bounds(series: Sequence[ColumnDrift]) -> bool:
    """Whether anywhere only bounds of the distance that tells most are known."""
    found = (each for column in series for each in column.differences if each)
    telling = (each.distances[each.telling] for each in found if each.telling)
    return any(distance.value is None for distance in telling)


def measures_of(series: Sequence[ColumnDrift]) -> list[Measure]:
    """The measures that any column has a value of."""
    return [each for each in MEASURES if any(_any(each.values(column)) for column in series)]


def embedded(series: Sequence[ColumnDrift], measures: Sequence[Measure]) -> list[list[Any]]:
    """What a page draws from, by column and measure: values, and what is usual where known.

    Shares are whole numbers of ten-thousandths; a list of one value stands for all being equal.
    """
    return [[_embedded(column, measure) for measure in measures] for column in series]


def _embedded(column: ColumnDrift, measure: Measure) -> list[Any]:
    values, usual = measure.values(column), measure.usual(column)
    return [_short(each, measure) for each in (values, usual) if each is values or _any(usual)]


def chart_width(steps: int) -> int:
    """The width of a drawn `line`, in its units."""
    return max(1, 10 * (steps - 1))


def line(values: Values, *, beside: Values) -> str:
    """Values as an SVG ``path``, 10 apart, the greatest on top; gaps where there is none.

    One with none on either side is a dash. ``beside`` are those of another line of the same chart.
    """
    low, high = _bounds(values, beside)
    heights = [
        None if each is None else round(HEIGHT * (high - each) / (high - low)) for each in values
    ]
    around = zip([None, *heights], heights, [*heights[1:], None], strict=False)
    return "".join(_point(10 * at, *each) for at, each in enumerate(around))


def _point(place: int, before: int | None, height: int | None, after: int | None) -> str:
    if height is None:
        return ""
    if before is None and after is None:
        return f"M{place - _DASH // 2} {height}h{_DASH}"
    return f"{'M' if before is None else 'L'}{place} {height}"


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
    if difference is None:
        return None
    return sum(bool(each.drifted) for each in difference.compared.values())


def series_label(values: Values, measure: Measure, column: ColumnDrift) -> str:
    """What a chart shows, for who does not see it."""
    count = sum(each is not None for each in values)
    ends = f"last {cells.brief(last(values))}, greatest {cells.brief(greatest(values))}"
    beyond = f", beyond the usual at {column.drifted}" if column.drifted else ""
    return f"{measure.title} at {count} steps: {ends}{beyond}" if count else f"no {measure.title}"


def _rows(difference: Difference | None) -> tuple[int, int]:
    return (difference.reference_rows, difference.current_rows) if difference else (0, 0)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _any(values: Values) -> bool:
    return any(each is not None for each in values)


def _short(values: Values, measure: Measure) -> list[float | int | None]:
    short = [None if each is None else _digits(each, measure) for each in values]
    return short[:1] if len(set(short)) == 1 else short


def _digits(value: float, measure: Measure) -> float | int:
    return round(value * 10**_FINE) if measure.is_share else float(f"{value:.{_FINE}g}")
