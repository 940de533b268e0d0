"""Self-contained pages, and fragments of pages for notebooks.

Pages load nothing from elsewhere, keep nothing in the browser and need no links inside of them,
so that they work in the sandboxed frame that MLflow shows artifacts in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mlsnap.report import (
    cells,
    difference_details,
    drawings,
    drift_series,
    pairs,
    profile_details,
    reproductions,
)
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
from mlsnap.report.traces import timeline_of
from mlsnap.values.difference import Difference
from mlsnap.values.drift import Drift
from mlsnap.values.profile import Profile
from mlsnap.values.reproduction import Reproduction
from mlsnap.values.scalars import Scalar
from mlsnap.values.timeline import Timeline


def profile_page(profile: Profile, *, title: str, facts: Mapping[str, str]) -> str:
    """A profile as a page: a searchable, sortable table with all statistics of each column.

    ``facts`` are shown under the title, in their order.
    """
    return _rendered("profile.html.j2", profile=profile, title=title, facts=facts)


def difference_page(difference: Difference, *, title: str | None = None) -> str:
    """A difference as a page, the most changed columns first; by default titled by its sides."""
    title = title or f"{difference.reference} and {difference.current}"
    return _rendered("difference.html.j2", title=title, **difference_values(difference))


def drift_page(drift: Drift, *, title: str | None = None) -> str:
    """A drift series as a page: its steps, and a chart of a chosen measure for each column."""
    title = title or f"Drift of {drift.title}"
    return _rendered("drift.html.j2", title=title, **drift_values(timeline_of(drift)))


def reproduction_page(report: Reproduction) -> str:
    """What came of making a run again, as a page: the verdict, what differs, and every pair."""
    kinds = [(kind, pairs.worst_first(pairs.pairs_of(report, kind))) for kind in pairs.KINDS]
    return _rendered(
        "reproduction.html.j2",
        title=f"{'What if' if report.what_if else 'Reproduction of'} {report.original_run_id}",
        verdict=reproductions.verdict_text(report),
        facts=reproductions.facts_of(report),
        kinds=[each for each in kinds if each[1]],
    )


def difference_values(difference: Difference) -> dict[str, Any]:
    """What the templates of a difference are rendered with."""
    return {
        "difference": difference,
        "columns": most_changed_first(difference),
        "distances": difference_details.distance_titles(difference),
        "retyped": {each.name: each for each in difference.retyped},
    }


def drift_values(timeline: Timeline) -> dict[str, Any]:
    """What the templates of a drift are rendered with."""
    series = drift_series.most_drifted_first(timeline)
    measures = drift_series.measures_of(series)
    data = {
        "steps": [[each.number, cells.printable(each.name)] for each in timeline],
        "measures": [[each.title, each.is_share] for each in measures],
        "columns": drift_series.embedded(series, measures),
    }
    return {"drift": timeline, "series": series, "measures": measures, "data": data}


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
    timeline = timeline_of(drift)
    series = drift_series.most_drifted_first(timeline)
    return _rendered(
        "drift_fragment.html.j2",
        drift=timeline,
        series=series[:MOST_COLUMNS],
        count=len(series),
        measures=drift_series.measures_of(series),
    )


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


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _gauge(changed: float) -> int:
    """The width in percent of a bar for a change from 0 to 1."""
    return round(100 * min(changed, 1.0))


_FILTERS: Mapping[str, Callable[..., Any]] = {
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
    "series_label": drift_series.series_label,
    "exactly": pairs.exactly,
    "pair_counts": pairs.counts_text,
    "all_identical": pairs.all_identical,
}
"""What templates show values with."""


def environment(*packages: str) -> Environment:
    """Renders the templates of ``packages`` as those of the reports; the first that has one counts.

    A template's scripts bear ``nonce``, if it is rendered with one.
    """
    made = Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    made.globals |= {"height": drawings.HEIGHT, "nonce": None}
    made.filters |= _FILTERS
    return made


_TEMPLATES = environment("mlsnap.report")
