"""Tables of drift for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from rich.console import Group, RenderableType
from rich.text import Text

from mlsnap.report import cells
from mlsnap.report.difference_tables import DRIFTED
from mlsnap.report.drawings import sparkline
from mlsnap.report.drift_series import most_drifted_first
from mlsnap.report.statements import (
    MOST_COLUMNS,
    columns_apart,
    counted,
    drift_headline,
    left_out,
)
from mlsnap.report.tables import as_text, fitting, table_view
from mlsnap.report.traces import timeline_of
from mlsnap.values.difference import ColumnDifference
from mlsnap.values.drift import ColumnDrift, Drift, DriftStep

MOST_STEPS = 20
"""Steps that a screen lists; the table of columns shows as many as fit beside each other."""

_DRAWN = 12
"""Characters of a drawn series."""

_FLOOR = 0.1
"""Of the rows: what is small beside it is drawn small."""

_TITLES = ("step", "snapshot", "at (UTC)", "rows", "drifted", "schema")


def drift_text(
    drift: Drift,
    *,
    width: int | None = None,
    measure: str | None = None,
    most: int | None = MOST_COLUMNS,
) -> str:
    """A drift as two tables: its steps, and its columns with a measure of each step.

    Parameters
    ----------
    width
        In characters; by default that of the terminal. The latest steps that fit are shown.
    measure
        Of which difference, see `Drift.series`; by default the one that tells most.
    most
        Of more columns, those that drifted least are left out, and the steps listed are the
        latest `MOST_STEPS`; ``None``: all of both.

    Raises
    ------
    NotFoundError
        If no column has the measure.
    """
    return as_text(drift_view(drift, width=width, measure=measure, most=most), width=width)


def drift_view(
    drift: Drift,
    *,
    width: int | None = None,
    measure: str | None = None,
    most: int | None = None,
) -> RenderableType:
    """What `drift_text` shows."""
    listed = drift.steps[-MOST_STEPS:] if most else drift.steps
    columns = drift.by_column()
    ranked = [columns[each.name] for each in most_drifted_first(timeline_of(drift))]
    notes = [*left_out(len(ranked), len(ranked[:most])), *drift.left_out]
    return Group(
        Text(cells.printable(f"{drift.title}: {drift_headline(drift)}"), style="bold"),
        table_view("", _TITLES, map(_step, listed)),
        *map(Text, _earlier(drift, listed)),
        *_columns(drift, ranked[:most], measure=measure, width=width),
        *(Text(cells.printable(note)) for note in notes),
    )


def _step(step: DriftStep) -> list[object]:
    at = f"{step.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if step.at else None
    return [step.number, step.name, at, step.rows, _drifted(step), _schema(step)]


def _drifted(step: DriftStep) -> str:
    if step.difference is None:
        return ""
    if step.difference.identical:
        return "identical"
    drifted = sum(bool(each.drifted) for each in step.compared.values())
    return f"{drifted} of {counted(len(step.compared), 'column')}"


def _schema(step: DriftStep) -> str:
    if step.difference is None:
        return ""
    apart = columns_apart(step.difference, most=3)
    return "; ".join(f"{why}: {listed}" for why, listed in apart.items() if why != "excluded")


def _earlier(drift: Drift, listed: Sequence[DriftStep]) -> list[str]:
    count = len(drift) - len(listed)
    said = f"… and {counted(count, 'earlier step')}: to_pandas(), --json and --html have all"
    return [said] if count else []


def _columns(
    drift: Drift, ranked: Sequence[ColumnDrift], *, measure: str | None, width: int | None
) -> list[RenderableType]:
    if not ranked:
        return []
    measures = [measure or each.measure for each in ranked]
    values = [each.series(measure) for each in ranked]
    drawn = [_drawn(each, floor=0.0 if measure else _FLOOR) for each in values]
    steps = {
        f"#{step.number}": [
            _cell(each.differences[place], measure=name, value=line[place])
            for each, name, line in zip(ranked, measures, values, strict=True)
        ]
        for place, step in enumerate(drift.steps)
        if step.difference is not None
    }
    table = fitting(
        [each.name for each in ranked],
        {"series": drawn, **steps},
        dispensable=list(steps)[:-1],
        width=width,
        marks=[DRIFTED if each.drifted else "" for each in ranked],
    )
    return [table, Text(_legend(measures, drifted=any(each.drifted for each in ranked)))]


def _cell(column: ColumnDifference | None, *, measure: str, value: float | None) -> str:
    if column is None:
        return ""
    mark = DRIFTED if column.drifted else ""
    if value is None:
        return cells.distance(column.distances.get(measure)) + mark
    return f"{value:.2g}{mark}"


def _drawn(values: Sequence[float | None], *, floor: float) -> str:
    """The series, the farthest from 0 of neighbours where there are many.

    The highest bar stands for ``floor`` at least, so that noise looks like it.
    """
    size = -(-len(values) // _DRAWN)
    groups = [values[start : start + size] for start in range(0, len(values), size)]
    tops = [max(abs(each or 0.0) for each in group) for group in groups]
    return sparkline([*tops, floor], width=_DRAWN + 1)[:-1]


def _legend(measures: Sequence[str], *, drifted: bool) -> str:
    beyond = f"; {DRIFTED} beyond what alike tables differ by" if drifted else ""
    return f"{', '.join(dict.fromkeys(measures))}{beyond}"
