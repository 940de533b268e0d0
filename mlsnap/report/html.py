"""Self-contained pages, and fragments of pages for notebooks.

Pages load nothing from elsewhere, keep nothing in the browser and need no links inside of them,
so that they work in the sandboxed frame that MLflow shows artifacts in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mlsnap.report import cells
from mlsnap.report.drawings import HEIGHT, bars_of, path
from mlsnap.report.ranking import change, most_changed_first, value_changes
from mlsnap.report.statements import (
    MOST_COLUMNS,
    approximations,
    columns_apart,
    counted,
    headline,
    left_out,
    within,
)
from mlsnap.report.statistics import difference_statistics, further_statistics, profile_statistics
from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import ColumnDifference, Difference, Distance
from mlsnap.values.profile import Profile
from mlsnap.values.scalars import Scalar


def profile_page(profile: Profile, *, title: str, facts: Mapping[str, str]) -> str:
    """A profile as a page: a searchable, sortable table with all statistics of each column.

    ``facts`` are shown under the title, in their order.
    """
    return _rendered("profile.html.j2", profile=profile, title=title, facts=facts)


def difference_page(difference: Difference, *, title: str, facts: Mapping[str, str]) -> str:
    """A difference as a page, the most changed columns first.

    ``facts`` are shown under the title, in their order.
    """
    return _rendered("difference.html.j2", difference=difference, title=title, facts=facts)


def profile_fragment(profile: Profile) -> str:
    """A profile as a table for a notebook; of more than 60 columns, the first 60."""
    return _rendered("profile_fragment.html.j2", profile=profile, most=MOST_COLUMNS)


def difference_fragment(difference: Difference) -> str:
    """A difference as a table for a notebook, the most changed columns first."""
    return _rendered("difference_fragment.html.j2", difference=difference)


def _rendered(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(**values)


def _finalized(value: Any) -> Any:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return cells.printable(value)


def _sort_key(value: Scalar) -> str:
    match value:
        case bool():
            return str(int(value))
        case int() | float() | Decimal():
            return str(value).replace("inf", "Infinity")
        case timedelta():
            return str(value.total_seconds())
        case _:
            return cells.scalar(value)


def _distance_names(difference: Difference) -> list[str]:
    return list(dict.fromkeys(name for column in difference for name in column.distances))


def _profile_facts(column: ColumnProfile) -> list[tuple[str, str]]:
    found = {
        **profile_statistics(column),
        **_approximate(column),
        "arrow type": column.arrow_type,
        **further_statistics(column),
    }
    kinds = (*column.type_counts, *column.semantic_types)
    types = {f"of type {cells.scalar(each.value)}": each.count for each in kinds}
    return [
        (title.replace("_", " "), _fact(title, value))
        for title, value in {**found, **types}.items()
        if value is not None and title != "type"
    ]


def _approximate(column: ColumnProfile) -> dict[str, Scalar]:
    """What is said of exactness: nothing where all is exact."""
    return {
        "rank_error": None,
        "quantiles": within(column.rank_error) if column.rank_error else None,
        "distinct_exact": None,
        "distinct": None if column.distinct_exact else "estimated",
    }


def _fact(title: str, value: Scalar) -> str:
    return cells.share(float(str(value))) if title == "percent_missing" else cells.scalar(value)


def _difference_facts(column: ColumnDifference) -> list[tuple[str, str]]:
    found = difference_statistics(column)
    changes = [
        (title.replace("_", " "), _change(title, value))
        for title, value in found.items()
        if value is not None
        and not isinstance(value, dict)
        and title not in _ELSEWHERE
        and title.removesuffix("_normalised") not in column.distances
    ]
    return changes + [(name, _distance(each)) for name, each in column.distances.items()]


_ELSEWHERE = ("type", "median")


def _change(title: str, value: float | str) -> str:
    if title.endswith("_in_percent"):
        return cells.percent(value)
    return cells.points(float(value)) if title == "percent_missing" else cells.signed(float(value))


def _distance(distance: Distance) -> str:
    if distance.value is None:
        return distance.reason or ""
    normalised = f" ({cells.number(distance.normalised)} sd)" if distance.normalised else ""
    return cells.number(distance.value) + normalised


def _gauge(changed: float) -> int:
    """The width in percent of a bar for a change: full from one standard deviation on."""
    return round(100 * min(changed, 1.0))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mlsnap.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.globals |= {"bars_of": bars_of, "height": HEIGHT}
    environment.filters |= {
        "name": cells.name,
        "shortened": cells.shortened,
        "scalar": cells.scalar,
        "brief": cells.brief,
        "share": cells.share,
        "signed": cells.signed,
        "percent": cells.percent,
        "points": cells.points,
        "path": path,
        "sort_key": _sort_key,
        "gauge": _gauge,
        "change": change,
        "value_changes": value_changes,
        "counted": counted,
        "approximations": approximations,
        "left_out": left_out,
        "headline": headline,
        "columns_apart": columns_apart,
        "distance_names": _distance_names,
        "most_changed_first": most_changed_first,
        "profile_facts": _profile_facts,
        "difference_facts": _difference_facts,
    }
    return environment


_TEMPLATES = _environment()
