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

from mlsnap.report import cells, difference_details, drawings, drift_series, profile_details
from mlsnap.report.ranking import change, most_changed_first, value_changes
from mlsnap.report.statements import (
    MOST_COLUMNS,
    approximations,
    columns_apart,
    counted,
    drift_headline,
    drifted,
    headline,
    left_out,
)
from mlsnap.values.difference import Difference
from mlsnap.values.drift import ColumnDrift, Drift
from mlsnap.values.profile import Profile
from mlsnap.values.scalars import Scalar


def profile_page(profile: Profile, *, title: str, facts: Mapping[str, str]) -> str:
    """A profile as a page: a searchable, sortable table with all statistics of each column.

    ``facts`` are shown under the title, in their order.
    """
    return _rendered("profile.html.j2", profile=profile, title=title, facts=facts)


def difference_page(difference: Difference, *, title: str | None = None) -> str:
    """A difference as a page, the most changed columns first; by default titled by its sides."""
    return _rendered(
        "difference.html.j2",
        difference=difference,
        columns=most_changed_first(difference),
        distances=difference_details.distance_titles(difference),
        retyped={each.name: each for each in difference.retyped},
        title=title or f"{difference.reference} and {difference.current}",
    )


def drift_page(drift: Drift, *, title: str | None = None) -> str:
    """A drift series as a page: its steps, and a chart of a chosen measure for each column."""
    series = drift_series.most_drifted_first(drift)
    measures = drift_series.measures_of(series)
    return _rendered(
        "drift.html.j2",
        drift=drift,
        series=series,
        measures=measures,
        data=_drawn_from(drift, series, measures),
        title=title or f"Drift of {drift.title}",
    )


def profile_fragment(profile: Profile) -> str:
    """A profile as a table for a notebook; of more than 60 columns, the first 60."""
    return _rendered("profile_fragment.html.j2", profile=profile, most=MOST_COLUMNS)


def difference_fragment(difference: Difference) -> str:
    """A difference as a table for a notebook; of more than 60 columns, the most changed 60."""
    ranked = most_changed_first(difference)
    return _rendered(
        "difference_fragment.html.j2",
        difference=difference,
        columns=ranked[:MOST_COLUMNS],
        count=len(ranked),
        distances=difference_details.distance_titles(difference),
    )


def drift_fragment(drift: Drift) -> str:
    """A drift series as a table for a notebook; of more than 60 columns, the most drifted 60."""
    series = drift_series.most_drifted_first(drift)
    return _rendered(
        "drift_fragment.html.j2",
        drift=drift,
        series=series[:MOST_COLUMNS],
        count=len(series),
        measures=drift_series.measures_of(series),
    )


def _rendered(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(**values)


def _drawn_from(
    drift: Drift,
    series: list[ColumnDrift],
    measures: list[drift_series.Measure],
) -> dict[str, Any]:
    return {
        "steps": [[each.number, cells.printable(each.name)] for each in drift],
        "measures": [[each.title, each.is_share] for each in measures],
        "columns": drift_series.embedded(series, measures),
    }


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


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _gauge(changed: float) -> int:
    """The width in percent of a bar for a change from 0 to 1."""
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
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    environment.globals |= {"height": drawings.HEIGHT}
    environment.filters |= {
        "name": cells.name,
        "shortened": cells.shortened,
        "scalar": cells.scalar,
        "brief_value": profile_details.brief_value,
        "brief": cells.brief,
        "share": cells.share,
        "changed": cells.change,
        "capitalized": _capitalized,
        "percent": cells.percent,
        "points": cells.points,
        "sort_key": _sort_key,
        "gauge": _gauge,
        "change": change,
        "value_changes": value_changes,
        "counted": counted,
        "approximations": approximations,
        "left_out": left_out,
        "headline": headline,
        "drift_headline": drift_headline,
        "drifted": drifted,
        "columns_apart": columns_apart,
        "bars_of": drawings.bars_of,
        "path": drawings.path,
        "is_ordered": drawings.is_ordered,
        "reference_path": drawings.reference_path,
        "current_path": drawings.current_path,
        "profile_details": profile_details.profile_details,
        "profile_label": profile_details.profile_label,
        "difference_details": difference_details.difference_details,
        "difference_label": difference_details.difference_label,
        "shown_distance": difference_details.shown_distance,
        "measured": difference_details.measured,
        "share_pairs": difference_details.share_pairs,
        "chart_width": drift_series.chart_width,
        "line": drift_series.line,
        "last_of": drift_series.last,
        "greatest_of": drift_series.greatest,
        "schema_changes": drift_series.schema_changes,
        "drifted_columns": drift_series.drifted_columns,
        "series_label": drift_series.series_label,
        "has_bounds": drift_series.has_bounds,
    }
    return environment


_TEMPLATES = _environment()
