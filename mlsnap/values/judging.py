"""Holding differences against limits. A limit fails where it cannot be judged either."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mlsnap.errors import NotFoundError, near
from mlsnap.values.checks import Check, Exceeded, Undecided
from mlsnap.values.column import Kind
from mlsnap.values.limits import ALARMS, DRIFT, SCHEMA, Limit, parse_limit

if TYPE_CHECKING:
    from mlsnap.values.difference import ColumnDifference, Difference, Percent, Retyped


def check(compared: Sequence[tuple[str | None, Difference]], limits: Iterable[str]) -> Check:
    """Hold differences, each with the name of its step, against ``limits``.

    A limit on one column that cannot be judged (the column was removed, or has no such measure)
    counts as exceeded; so does a limit on any column that has its measure in none, or that meets
    a column with values on one side only. Nothing of this holds for identical data. A relative
    change or normalised distance without a base is infinite. Where only bounds of a distance are
    known, the lower one is held against ``>``, the upper one against ``<``.

    Raises
    ------
    ConfigError
        If a limit is not written as one.
    NotFoundError
        If no table has a column, or no difference a measure, of that name, or `ALARMS` were not
        computed for ``"drift"``.
    """
    parsed = tuple(map(parse_limit, limits))
    views = [(step, _View(difference)) for step, difference in compared]
    for limit in parsed:
        _require_known(limit, [view for _, view in views])
    found = [
        dataclasses.replace(each, step=step)
        for step, view in views
        for limit in parsed
        for each in _findings(limit, view)
    ]
    return Check(
        limits=tuple(limit.text for limit in parsed),
        exceeded=tuple(each for each in found if isinstance(each, Exceeded)),
        undecided=tuple(each for each in found if isinstance(each, Undecided)),
        compared=len(views),
    )


class _View:
    """A difference, its columns (retyped ones too) and their measures by name."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        self.columns = difference.compared
        self.measures = {name: column.measures() for name, column in self.columns.items()}
        self.apart = _apart(difference)

    @property
    def names(self) -> dict[str, None]:
        return dict.fromkeys((*self.columns, *self.apart))


def _apart(difference: Difference) -> dict[str, str]:
    """Why columns have no difference."""
    return {
        **dict.fromkeys(difference.added, "added, so there is nothing to compare it with"),
        **dict.fromkeys(difference.removed, "removed"),
        **{each.name: f"{each.reference} → {each.current}" for each in difference.retyped},
        **dict.fromkeys(difference.excluded, "excluded"),
    }


def _require_known(limit: Limit, views: Sequence[_View]) -> None:
    if limit.is_word:
        _require_alarms(limit, views)
    elif views:
        _require_column(limit, views)
        _require_measure(limit, views)


def _require_alarms(limit: Limit, views: Sequence[_View]) -> None:
    computed = _measures(views)
    missing = [each for each in ALARMS if each not in computed]
    if limit.measure == DRIFT and computed and missing:
        raise NotFoundError(
            f"drift cannot be judged without {' and '.join(missing)}",
            "compute all distances (histogram_compare_method=None, no --method), "
            "or give other limits",
        )


def _require_column(limit: Limit, views: Sequence[_View]) -> None:
    known = dict.fromkeys(name for view in views for name in view.names)
    if limit.column is not None and not limit.columns(known):
        raise NotFoundError(
            f"no column {limit.column!r} for the limit {limit.text!r}{near(limit.column, known)}",
            "the measure stands after the last dot; a name with dots can stand in double quotes",
        )


def _require_measure(limit: Limit, views: Sequence[_View]) -> None:
    known = computed = _measures(views)
    if limit.column is None:
        known = known | dict.fromkeys(each for v in views for each in v.difference.measures())
    if computed and limit.measure not in known:
        raise NotFoundError(
            f"nothing compared has the measure {limit.measure!r} of the limit {limit.text!r}"
            f"{near(limit.measure, known)}",
            f"there are {', '.join(known)}; of the distances only those that were computed",
        )


def _measures(views: Sequence[_View]) -> dict[str, None]:
    """Names of all measures that any column has."""
    return dict.fromkeys(
        name for view in views for found in view.measures.values() for name in found
    )


def _findings(limit: Limit, view: _View) -> Iterator[Exceeded | Undecided]:
    if limit.measure == SCHEMA and limit.is_word:
        return _schema(view.difference)
    if limit.measure == DRIFT and limit.is_word:
        return _drift(view)
    if limit.column is None and limit.measure in (found := view.difference.measures()):
        return _beyond(limit, None, _extent_of(found[limit.measure]))
    return _columns(limit, view)


def _schema(difference: Difference) -> Iterator[Exceeded]:
    for name in difference.added:
        yield Exceeded(SCHEMA, "added", name)
    for name in difference.removed:
        yield Exceeded(SCHEMA, "removed", name)
    for each in difference.retyped:
        if not _is_chance(each):
            remark = f"{each.reference} → {each.current}"
            yield Exceeded(SCHEMA, "retyped", each.name, remark=remark)


def _is_chance(retyped: Retyped) -> bool:
    """Whether a side has another type only since the few values of the other are not in it."""
    found = retyped.difference
    is_empty = Kind.NULL in (retyped.reference, retyped.current)
    return is_empty and found is not None and "percent_missing" not in found.drifted


def _drift(view: _View) -> Iterator[Exceeded]:
    difference = view.difference
    if bool(difference.reference_rows) != bool(difference.current_rows):
        measure = "row_count_in_percent"
        change = _extent_of(difference.measures()[measure])
        yield Exceeded(DRIFT, measure, value=change and change[0], remark="a side has no rows")
    if not view.columns and not difference.identical:
        yield Exceeded(DRIFT, DRIFT, remark="no column was compared")
    for name, column in view.columns.items():
        for measure in column.drifted:
            extent = _extent(column, measure, view.measures[name])
            yield Exceeded(
                DRIFT, measure, name, value=extent and extent[0], bound=column.usual[measure]
            )


def _columns(limit: Limit, view: _View) -> Iterator[Exceeded | Undecided]:
    names = limit.columns(view.names)
    if not names and limit.column is not None:
        return
    judged = False
    for name in names:
        extent = _extent_in(view, name, limit.measure)
        if extent is not None:
            judged = True
            yield from _beyond(limit, name, extent)
        elif limit.column == name:
            judged = True
            yield from _not_judged(limit, name, view)
        elif name in view.columns and _is_one_sided(view.columns[name]):
            judged = True
            yield Exceeded(
                limit.text, limit.measure, name, bound=limit.bound, remark="a side has no values"
            )
    if not judged and not view.difference.identical:
        remark = "not defined in any column"
        yield Exceeded(limit.text, limit.measure, limit.column, bound=limit.bound, remark=remark)


def _beyond(
    limit: Limit, name: str | None, extent: tuple[float, float] | None
) -> Iterator[Exceeded | Undecided]:
    if extent is None:
        return
    least, greatest = extent
    exceeded = [limit.is_exceeded_by(least), limit.is_exceeded_by(greatest)]
    if all(exceeded):
        value = least if limit.operator.startswith(">") else greatest
        yield Exceeded(
            limit.text, limit.measure, name, value, limit.bound, remark=_why_infinite(value)
        )
    elif any(exceeded) and name is not None:
        remark = f"it lies from {least:.6g} to {greatest:.6g}"
        yield Undecided(limit.text, limit.measure, name, remark)


def _why_infinite(value: float) -> str | None:
    return "the reference has no base" if math.isinf(value) else None


def _not_judged(limit: Limit, name: str, view: _View) -> Iterator[Exceeded | Undecided]:
    """What it means that the one column of a limit has no such measure."""
    difference = view.difference
    if name in difference.added or name in difference.excluded:
        yield Undecided(limit.text, limit.measure, name, view.apart[name])
    elif not difference.identical:
        column = view.columns.get(name)
        remark = view.apart[name] if column is None else _why_undefined(column, limit.measure)
        yield Exceeded(limit.text, limit.measure, name, bound=limit.bound, remark=remark)


def _why_undefined(column: ColumnDifference, measure: str) -> str:
    distance = column.distances.get(measure.removesuffix("_normalised"))
    return (distance and distance.reason) or f"not defined for {column.type} with these values"


def _is_one_sided(column: ColumnDifference) -> bool:
    """Whether one side has values in the column and the other has none."""
    change = column.not_missing_in_percent
    return isinstance(change, str) or change == -100.0


def _extent_in(view: _View, name: str, measure: str) -> tuple[float, float] | None:
    found = view.columns.get(name)
    return None if found is None else _extent(found, measure, view.measures[name])


def _extent(
    column: ColumnDifference, measure: str, measures: Mapping[str, Percent]
) -> tuple[float, float] | None:
    """The least and the greatest that a measure can be; ``None`` where it is not defined."""
    known = _extent_of(measures.get(measure))
    if known or measure not in measures:
        return known
    distance = column.distances.get(measure)
    if distance and distance.lower is not None:
        return distance.lower, math.inf if distance.upper is None else distance.upper
    raw = column.distances.get(measure.removesuffix("_normalised"))
    if raw is None or raw.value is None:
        return None
    return (0.0, 0.0) if raw.value == 0 else (math.inf, math.inf)


def _extent_of(value: Percent) -> tuple[float, float] | None:
    if value is None:
        return None
    number = math.inf if isinstance(value, str) else value
    return None if math.isnan(number) else (number, number)
