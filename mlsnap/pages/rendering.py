"""Templates become pages that look like the reports, with a bar to go elsewhere on top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from mlsnap.pages.addresses import Addresses
from mlsnap.pages.site import Site
from mlsnap.report import cells, drift_series
from mlsnap.report.html import environment
from mlsnap.report.sizes import bytes_text
from mlsnap.values.moment import moment_of, moment_text

_LENGTH = 120
"""Characters of a cell."""

Crumb = tuple[str, str | None]
"""A step on the way to a page: its name and address; ``None`` for the page itself."""


@dataclass(frozen=True, slots=True)
class Line:
    """A number of every snapshot, to draw; ``None`` where it is not known."""

    title: str
    values: list[float | None]
    is_share: bool = True


def load_templates() -> None:
    """Translate all templates now, so that the first pages do not take longer for it."""
    for each in _TEMPLATES.list_templates():
        _TEMPLATES.get_template(each)


def page(site: Site, template: str, *, title: str, crumbs: list[Crumb], **values: Any) -> str:
    """A whole page; ``crumbs`` lead to it from the page of all datasets."""
    links = Addresses(site)
    way = [("Datasets", links.datasets if crumbs else None), *crumbs]
    return _TEMPLATES.get_template(template).render(
        title=title, crumbs=way, links=links, nonce=site.nonce or None, **values
    )


def part(template: str, **values: Any) -> Markup:
    """A part of a page that is the same for every site and caller."""
    return Markup(_TEMPLATES.get_template(template).render(**values))


def _moment(value: str | int | datetime) -> str:
    """A moment as text: ISO 8601 as snapshots have it, or milliseconds since 1970 as MLflow has."""
    if isinstance(value, int):
        return moment_text(datetime.fromtimestamp(value / 1000, UTC))
    return moment_text(value if isinstance(value, datetime) else moment_of(value))


def cell(value: Any) -> str:
    """A value as a cell shows it; of long and nested ones, the beginning."""
    shown = str(value) if isinstance(value, list | dict | tuple) else cells.scalar(value)
    return cells.shortened(cells.printable(shown), _LENGTH)


def _on_scale(value: float, line: Line) -> str:
    return cells.share(value) if line.is_share else f"{value:,.0f}"


def _line_label(line: Line) -> str:
    known = [value for value in line.values if value is not None]
    ends = f"first {_on_scale(known[0], line)}, last {_on_scale(known[-1], line)}"
    return f"{line.title} at {len(known)} snapshots: {ends}"


_TEMPLATES = environment("mlsnap.pages", "mlsnap.report")
_TEMPLATES.filters |= {
    "moment": _moment,
    "day": lambda moment: str(moment.date()),
    "bytes": bytes_text,
    "cell": cell,
    "bounds": lambda line: drift_series.bounds(line.values, []),
    "on_scale": _on_scale,
    "line_label": _line_label,
}
