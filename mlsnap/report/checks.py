"""What came of holding differences against limits: which were exceeded, and where."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.text import Text

from mlsnap.report.cells import name, number, printable
from mlsnap.report.statements import counted
from mlsnap.report.tables import as_text, table_view
from mlsnap.values.checks import Check, Exceeded, Undecided
from mlsnap.values.limits import DRIFT

_ROWS, _UNDECIDED = 100, 10
"""Exceeded and undecided limits that are listed one by one."""


def check_text(check: Check, *, width: int | None = None) -> str:
    """A sentence, and a table of what is beyond which limit."""
    return as_text(check_view(check), width=width)


def check_view(check: Check) -> RenderableType:
    """What `check_text` shows."""
    headline = Text(_headline(check), style="bold green" if check else "bold red")
    table = [table_view("", *_table(check))] if check.exceeded else []
    return Group(headline, *table, *map(Text, _remarks(check)))


def check_fragment(check: Check) -> str:
    """The same for a notebook."""
    table = _html_table(*_table(check)) if check.exceeded else ""
    remarks = Markup("").join(Markup("<p>{}</p>").format(line) for line in _remarks(check))
    whole = Markup("<div><p><strong>{}</strong></p>{}{}</div>")
    return str(whole.format(_headline(check), table, remarks))


def _headline(check: Check) -> str:
    limits = printable(", ".join(check.limits))
    if not check.compared:
        return f"nothing to compare, so no limit is exceeded: {limits}"
    if check:
        return f"within all limits: {limits}"
    return f"limits exceeded in {counted(len(check.exceeded), 'place')}:"


def _table(check: Check) -> tuple[list[str], list[tuple[str, ...]]]:
    """Titles and rows; columns in which no row has anything are left out."""
    rows = [_cells(each) for each in check.exceeded[:_ROWS]]
    titles = [title for title in rows[0] if any(row[title] for row in rows)]
    return titles, [tuple(row[title] for title in titles) for row in rows]


def _cells(exceeded: Exceeded) -> dict[str, str]:
    bound = "" if exceeded.bound is None else f", usually up to {number(exceeded.bound)}"
    return {
        "step": exceeded.step or "",
        "column": "" if exceeded.column is None else name(exceeded.column),
        "measure": exceeded.measure,
        "value": "" if exceeded.value is None else number(exceeded.value),
        "limit": exceeded.limit + (bound if exceeded.limit == DRIFT else ""),
        "remark": exceeded.remark or "",
    }


def _remarks(check: Check) -> list[str]:
    listed = [_sentence(each) for each in check.undecided[:_UNDECIDED]]
    return [
        *_more(len(check.exceeded) - _ROWS, "place"),
        *map(printable, listed),
        *_more(len(check.undecided) - _UNDECIDED, "undecided limit"),
    ]


def _more(count: int, noun: str) -> list[str]:
    if count <= 0:
        return []
    return [f"… and {counted(count, f'more {noun}')}: to_dict() and --json have all"]


def _sentence(undecided: Undecided) -> str:
    where = f"{name(undecided.column)}{f' in {undecided.step}' if undecided.step else ''}"
    return f"not decided: {undecided.limit} in {where}: {undecided.remark}"


def _html_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    cell = Markup('<{0} style="text-align:left">{1}</{0}>').format
    head = Markup("").join(cell("th", title) for title in titles)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(cell("td", printable(text)) for text in row))
        for row in rows
    )
    whole = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
    return whole.format(head, body)
