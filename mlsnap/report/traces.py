"""From what differs to the few numbers of it that charts show."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlsnap.report.ranking import change
from mlsnap.values.difference import ColumnDifference, Difference
from mlsnap.values.drift import Drift, DriftStep
from mlsnap.values.timeline import Timeline, TimelineStep, Trace, Values

Value = Callable[[ColumnDifference], float | None]


def _unknown(column: ColumnDifference) -> None:
    """No one knows what is usual."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that a chart can show of a column.

    Attributes
    ----------
    name
        What a `Trace` calls it.
    value
        What it is in a difference.
    bound
        What it should not exceed there, where that is known.
    is_share
        It lies from -1 to 1, so that a few decimals tell it.
    """

    name: str
    title: str
    value: Value
    bound: Value = _unknown
    is_share: bool = False


def _telling(column: ColumnDifference) -> float | None:
    return column.least(column.telling) if column.telling else None


def _usually_telling(column: ColumnDifference) -> float | None:
    return column.usual.get(column.telling) if column.telling else None


def _distance(name: str) -> Value:
    return lambda column: column.least(name)


def _usual(name: str) -> Value:
    return lambda column: column.usual.get(name)


MEASURES = (
    Measure(
        "telling", "KS, of categories total variation", _telling, _usually_telling, is_share=True
    ),
    Measure(
        "wasserstein_normalised",
        "Wasserstein in standard deviations",
        lambda column: getattr(column.distances.get("wasserstein"), "normalised", None),
    ),
    Measure(
        "total_variation",
        "total variation",
        _distance("total_variation"),
        _usual("total_variation"),
        is_share=True,
    ),
    Measure(
        "population_stability", "population stability (PSI)", _distance("population_stability")
    ),
    Measure(
        "percent_missing",
        "change of the missing share",
        lambda column: column.percent_missing,
        _usual("percent_missing"),
        is_share=True,
    ),
    Measure("mean", "change of the mean", lambda column: column.moments.mean),
    Measure("median", "change of the median (dates: s)", lambda column: column.median),
)
"""What a page of a drift lets choose from. Of distances known by their bounds, the lower one."""


DISTANCES = ("kolmogorov_smirnov", "population_stability", "total_variation", "wasserstein")
"""What a `Trace` is made of: of a difference with all distances, it is the same."""


def timeline_of(drift: Drift) -> Timeline:
    """What charts show of a drift series."""
    steps = tuple(map(_step, drift))
    return Timeline(drift.title, drift.against, steps, drift.left_out)


def trace_of(difference: Difference) -> Trace:
    """What charts show of a difference. What is not finite is not known to them."""
    columns = list(difference.compared.values())
    rows = difference.reference_rows, difference.current_rows
    return Trace(
        reference=difference.reference,
        columns=[each.name for each in columns],
        types=[each.type for each in columns],
        drifted=[bool(each.drifted) for each in columns],
        changes=[change(each, rows=rows) for each in columns],
        values=_lines(columns, {each.name: each.value for each in MEASURES}),
        usual=_lines(columns, {each.name: each.bound for each in MEASURES}),
        added=difference.added,
        removed=difference.removed,
        retyped=[each.name for each in difference.retyped],
        reordered=difference.reordered,
        identical=difference.identical,
        has_bounds=any(map(_is_bounded, columns)),
    )


def _lines(columns: Sequence[ColumnDifference], wanted: Mapping[str, Value]) -> dict[str, Values]:
    lines = {name: [_finite(value(each)) for each in columns] for name, value in wanted.items()}
    return {name: line for name, line in lines.items() if any(each is not None for each in line)}


def _step(step: DriftStep) -> TimelineStep:
    trace = trace_of(step.difference) if step.difference else None
    return TimelineStep(step.number, step.name, step.rows, step.at, trace)


def _is_bounded(column: ColumnDifference) -> bool:
    return column.telling is not None and column.distances[column.telling].value is None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
