"""What a drift series shows of its columns: a measure's value at each step, to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from mlsnap.report import cells
from mlsnap.report.drawings import HEIGHT
from mlsnap.report.traces import MEASURES, Measure
from mlsnap.values.timeline import Timeline, Trace, Values

_FINE = 4
"""Decimals of shares, and significant digits of other values, that a page keeps."""

_DASH = 8
"""Width of a value without neighbours in a `line`."""

_NOTHING = Trace("")
"""Of a step that was compared with nothing."""


@dataclass(frozen=True, slots=True)
class ColumnLines:
    """One column in every step of a series.

    Attributes
    ----------
    type
        Its kind at the last step that compares it.
    drifted
        At how many steps it drifted.
    change
        The greatest of its `Trace.changes`.
    measured, bounds
        By the name of a measure: what it is, and what it should not exceed, at each step; ``None``
        where that is not known.
    """

    name: str
    type: str
    drifted: int
    change: float
    measured: Mapping[str, Values]
    bounds: Mapping[str, Values]

    def values(self, measure: Measure) -> Values:
        """What a measure is at each step."""
        return self.measured[measure.name]

    def usual(self, measure: Measure) -> Values:
        """What it should not exceed at each step."""
        return self.bounds[measure.name]


def most_drifted_first(timeline: Timeline) -> list[ColumnLines]:
    """The columns that were compared at any step.

    Those that drifted at most steps come first, then those with the greatest
    `mlsnap.report.ranking.change`.
    """
    traces = [step.trace or _NOTHING for step in timeline]
    names = list(dict.fromkeys(chain.from_iterable(each.columns for each in traces)))
    types, drifted, changes = (
        _across([getattr(each, part) for each in traces], traces, names)
        for part in ("types", "drifted", "changes")
    )
    measured = _by_measure([each.values for each in traces], traces, names)
    bounds = _by_measure([each.usual for each in traces], traces, names)
    found = [
        ColumnLines(
            name=name,
            type=str(last(types[at])),
            drifted=sum(map(bool, drifted[at])),
            change=greatest(changes[at]) or 0.0,
            measured={measure: lines[at] for measure, lines in measured.items()},
            bounds={measure: lines[at] for measure, lines in bounds.items()},
        )
        for at, name in enumerate(names)
    ]
    return sorted(found, key=lambda column: (-column.drifted, -column.change))


def _by_measure(
    rows: Sequence[Mapping[str, Values]], traces: Sequence[Trace], names: Sequence[str]
) -> dict[str, list[tuple[Any, ...]]]:
    return {
        each.name: _across([row.get(each.name) for row in rows], traces, names) for each in MEASURES
    }


def _across(
    rows: Sequence[Sequence[Any] | None], traces: Sequence[Trace], names: Sequence[str]
) -> list[tuple[Any, ...]]:
    """From a value for each column of each trace to one for each trace of each of ``names``."""
    unknown = [None] * len(names)
    ordered = [
        unknown if row is None else _in_order(row, trace.columns, names)
        for row, trace in zip(rows, traces, strict=True)
    ]
    return list(zip(*ordered, strict=True))


def _in_order(row: Sequence[Any], columns: Sequence[str], names: Sequence[str]) -> Sequence[Any]:
    if columns == names:
        return row
    known = dict(zip(columns, row, strict=True))
    return [known.get(name) for name in names]


def measures_of(series: Sequence[ColumnLines]) -> list[Measure]:
    """The measures that any column has a value of."""
    return [each for each in MEASURES if any(_any(column.values(each)) for column in series)]


def embedded(series: Sequence[ColumnLines], measures: Sequence[Measure]) -> list[list[Any]]:
    """What a page draws from, by column and measure: values, and what is usual where known.

    Shares are whole numbers of ten-thousandths; a list of one value stands for all being equal.
    """
    return [[_embedded(column, measure) for measure in measures] for column in series]


def _embedded(column: ColumnLines, measure: Measure) -> list[Any]:
    values, usual = column.values(measure), column.usual(measure)
    return [_short(each, measure) for each in (values, usual) if each is values or _any(usual)]


def chart_width(steps: int) -> int:
    """The width of a drawn `line`, in its units."""
    return max(1, 10 * (steps - 1))


def line(values: Values, *, beside: Values) -> str:
    """Values as an SVG ``path``, 10 apart, the greatest on top; gaps where there is none.

    One with none on either side is a dash. ``beside`` are those of another line of the same chart.
    """
    low, high = bounds(values, beside)
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


def bounds(values: Values, beside: Values) -> tuple[float, float]:
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


def schema_changes(trace: Trace | None) -> str:
    """How many columns came, went and have another type.

    Examples
    --------
    >>> schema_changes(None)
    ''
    """
    if trace is None:
        return ""
    kinds = {"added": trace.added, "removed": trace.removed, "retyped": trace.retyped}
    return ", ".join(f"{len(found)} {name}" for name, found in kinds.items() if found)


def series_label(values: Values, measure: Measure, column: ColumnLines) -> str:
    """What a chart shows, for who does not see it."""
    count = sum(each is not None for each in values)
    ends = f"last {cells.brief(last(values))}, greatest {cells.brief(greatest(values))}"
    beyond = f", beyond the usual at {column.drifted}" if column.drifted else ""
    return f"{measure.title} at {count} steps: {ends}{beyond}" if count else f"no {measure.title}"


def _any(values: Values) -> bool:
    return any(each is not None for each in values)


def _short(values: Values, measure: Measure) -> list[Any]:
    short = _whole(values) if measure.is_share else _brief(values)
    return short[:1] if len(set(short)) == 1 else short


def _whole(values: Values) -> list[int | None]:
    one = 10**_FINE
    return [None if each is None else round(each * one) for each in values]


def _brief(values: Values) -> list[float | None]:
    return [None if each is None else float(f"{each:.{_FINE}g}") for each in values]
