"""The page of a dataset: what it is, how it went on over time, its snapshots."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from mlsnap.errors import NotFoundError, TrackingError
from mlsnap.pages import profiles
from mlsnap.pages.finding import dataset_of
from mlsnap.pages.parts import PARTS
from mlsnap.pages.rendering import Line, page, part
from mlsnap.pages.site import Site
from mlsnap.report.html import drift_values
from mlsnap.report.records import options_text, source_text, steps_text
from mlsnap.services.comparison import timeline
from mlsnap.tracking import overview
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.overview import Found, Known
from mlsnap.values.timeline import TimelinePoint

_LISTED = 50
"""Snapshots that a page lists."""

_FOLLOWED = 100
"""Snapshots, the newest ones, whose columns' drift is drawn."""

_LATEST_PAGE = 1_000_000


def dataset_page(site: Site, dataset: str, query: Mapping[str, str]) -> str:
    """A dataset with its time line, the drift of its columns and a page of its snapshots.

    Parameters
    ----------
    query
        What the address asks for: ``page``, from 1.

    Raises
    ------
    NotFoundError
        If there is none for the caller, or no such page of it.
    """
    known = dataset_of(site, dataset)
    entry = known.entry
    number = _number(query.get("page", "1"))
    first = (number - 1) * _LISTED
    found = overview.page(
        site.workspace.catalog.client, entry.experiment_id, offset=first, count=_LISTED + 1
    )
    if number > 1 and not found.snapshots:
        raise NotFoundError(f"dataset {dataset!r} has no page {number}", "begin at its first page")
    points = _points(site, entry)
    return page(
        site,
        "dataset.html.j2",
        title=entry.name,
        crumbs=[(entry.name, None)],
        entry=entry,
        facts=_facts(site, known),
        ends=points[:1] + points[-1:],
        lines=_lines(points),
        listed=_listed(found.snapshots),
        first=first,
        number=number,
        more=found.more or len(found.snapshots) > _LISTED,
        references=[f"{entry.name}@{each.summary.name}" for each in found.snapshots],
        followed=_FOLLOWED,
        drifted={each.number: each.drifted for each in points},
        drift=_drift(site, entry, found.snapshots, points) if number == 1 else None,
    )


def _listed(found: Sequence[Found]) -> list[tuple[Found, str | None]]:
    """The snapshots of a page, each with the name of the one before it."""
    names = [each.summary.name for each in found[1:]]
    return list(zip(found, [*names, None], strict=False))[:_LISTED]


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    if not 1 <= number < _LATEST_PAGE:
        raise NotFoundError(f"{text[:20]!r} is no page of a dataset", "pages are numbered from 1")
    return number


def _facts(site: Site, known: Known) -> dict[str, str]:
    entry = known.entry
    instead = f", replaced by {entry.replaced_by}" if entry.replaced_by else ""
    facts = {
        "description": entry.description,
        "state": f"{entry.state}{instead}",
        "tags": ", ".join(f"{key}={value}" for key, value in entry.tags.items()),
        **_source_facts(site, known),
    }
    return {name: text for name, text in facts.items() if text}


def _source_facts(site: Site, known: Known) -> dict[str, str]:
    try:
        definition = overview.definition(site.workspace.catalog.client, known)
    except (NotFoundError, TrackingError, *profiles.UNSOUND):
        return {"source": "not known: what is stored of it cannot be read"}
    if definition is None:
        lost = "not known: somebody deleted the dataset's index run; whatever uses it next mends it"
        return {"source": lost}
    return {
        "source": source_text(definition),
        "options": options_text(definition),
        "steps": steps_text(definition),
        "definition version": str(definition.version),
    }


def _points(site: Site, entry: DatasetEntry) -> list[TimelinePoint]:
    """The time line; none where it is lost with the index run."""
    try:
        return timeline.series(site.workspace, entry)
    except TrackingError:
        return []


def _lines(points: Sequence[TimelinePoint]) -> list[Line]:
    """What to draw of the time line: lines of two snapshots or more."""
    lines = [
        Line("Rows", _values(points, lambda each: each.rows), is_share=False),
        Line("Missing cells", _values(points, lambda each: each.percent_missing)),
        Line("Columns that drifted from the snapshot before", _values(points, _drifted)),
    ]
    return [each for each in lines if sum(value is not None for value in each.values) > 1]


def _drifted(point: TimelinePoint) -> float | None:
    return point.drifted


def _values(
    points: Sequence[TimelinePoint], value: Callable[[TimelinePoint], float | None]
) -> list[float | None]:
    found = map(value, points)
    return [each if each is not None and math.isfinite(each) else None for each in found]


def _drift(
    site: Site, entry: DatasetEntry, newest: Sequence[Found], points: Sequence[TimelinePoint]
) -> Markup:
    """How the columns of the last snapshots drifted, each against the one before.

    A snapshot that is ready does not change, nor does what was stored of its drift.
    """
    ready = [each.summary.run_id for each in newest]
    numbers = [str(each.number) for each in points[-_FOLLOWED:]]
    key = " ".join([entry.index_run_id, *ready, *numbers]).encode()

    def make() -> str:
        drift = timeline.timeline(site.workspace, entry, last=_FOLLOWED)
        return part("drift_part.html.j2", **drift_values(drift))

    try:
        return Markup(PARTS.get("drift", (key,), make))
    except profiles.UNSOUND:
        return Markup("<p>What is stored of the drift of its columns cannot be read.</p>")
