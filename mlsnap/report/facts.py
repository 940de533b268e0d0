"""Facts about one thing: a title, and what is known under a name each."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mlsnap.report.cells import printable
from mlsnap.report.tables import as_text


def facts_text(title: str, facts: Mapping[str, str], *, width: int | None = None) -> str:
    """A title and a line per fact; a fact of several lines keeps them."""
    return as_text(facts_view(title, facts), width=width)


def facts_view(title: str, facts: Mapping[str, str]) -> RenderableType:
    """What `facts_text` shows."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(Text(printable(name)), Text(_lines(value)))
    return Group(Text(printable(title), style="bold"), table)


def facts_fragment(title: str, facts: Mapping[str, str]) -> str:
    """The same as a table for a notebook."""
    row = Markup('<tr><th style="text-align:left">{}</th><td style="text-align:left">{}</td></tr>')
    rows = Markup("").join(
        row.format(printable(name), Markup("<br>").join(_lines(value).split("\n")))
        for name, value in facts.items()
    )
    whole = Markup("<div><p><strong>{}</strong></p><table><tbody>{}</tbody></table></div>")
    return str(whole.format(printable(title), rows))


def _lines(value: str) -> str:
    return "\n".join(map(printable, value.split("\n")))
