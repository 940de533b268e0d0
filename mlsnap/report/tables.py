"""Tables for terminals.

``…_view`` functions build what a rich console prints, in colour where it is a terminal;
``…_text`` functions give the same as plain text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from io import StringIO
from shutil import get_terminal_size

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from mlsnap.report.cells import name, printable, scalar, share, shortened
from mlsnap.report.drawings import bars_of, sparkline
from mlsnap.report.profile_details import brief_value
from mlsnap.report.statements import MOST_COLUMNS, approximations, counted, left_out
from mlsnap.values.column import QUANTILES, ColumnProfile
from mlsnap.values.profile import Profile
from mlsnap.values.scalars import Scalar

_TEXT = 14
"""Longest texts, in characters; names take a quarter of the width."""

_BETWEEN = 3
"""Characters between two columns of a table."""


def profile_text(
    profile: Profile, *, width: int | None = None, most: int | None = MOST_COLUMNS
) -> str:
    """A profile as a table with a row per column, as wide as the terminal if not told.

    Where not all statistics fit, the less telling ones are left out; of more than ``most``
    columns, the last ones.
    """
    return as_text(profile_view(profile, width=width, most=most), width=width)


def table_text(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    width: int | None = None,
) -> str:
    """A titled table of anything; ``None`` is an empty cell, long cells are folded."""
    return as_text(table_view(title, columns, rows), width=width)


def as_text(view: RenderableType, *, width: int | None = None) -> str:
    """What a console of ``width`` characters would print, without colour and trailing spaces."""
    file = StringIO()
    _console(file, width).print(view)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).strip("\n")


def profile_view(
    profile: Profile, *, width: int | None = None, most: int | None = None
) -> RenderableType:
    """What `profile_text` shows."""
    size = f"{counted(profile.row_count, 'row')}, {counted(len(profile), 'column')}"
    listed = profile.columns[:most]
    return Group(
        Text(f"{size}, digest {printable(profile.digest[:12])}"),
        fitting(profile.names[:most], _statistics(listed), dispensable=_LESS_TELLING, width=width),
        *map(Text, approximations(profile)),
        *map(Text, left_out(len(profile), len(listed))),
    )


def table_view(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> RenderableType:
    """What `table_text` shows."""
    table = _table()
    for column in columns:
        table.add_column(Text(printable(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    return Group(Text(printable(title), style="bold"), table) if title else table


def _cell(value: Scalar) -> str:
    return shortened(scalar(value), _TEXT) if isinstance(value, str | bytes) else scalar(value)


def _value(column: ColumnProfile, value: Scalar) -> str:
    return brief_value(value, column) if isinstance(value, datetime) else _cell(value)


def _quantile(name: str) -> Callable[[ColumnProfile], str]:
    return lambda column: _value(column, column.quantile(name))


def _distinct(column: ColumnProfile) -> str:
    return f"{'' if column.distinct_exact else '~'}{_cell(column.distinct_count)}"


_STATISTICS: dict[str, Callable[[ColumnProfile], str]] = {
    "type": lambda column: column.type.lower(),
    "missing": lambda column: share(column.percent_missing),
    "errors": lambda column: _cell(column.error_count),
    "empty": lambda column: _cell(column.empty_count),
    "min": lambda column: _value(column, column.min),
    **{name: _quantile(name) for name in QUANTILES},
    "max": lambda column: _value(column, column.max),
    "mean": lambda column: _cell(column.mean),
    "sd": lambda column: _cell(column.standard_deviation),
    "variance": lambda column: _cell(column.variance),
    "skewness": lambda column: _cell(column.skewness),
    "kurtosis": lambda column: _cell(column.kurtosis),
    "distinct": _distinct,
    "histogram": lambda column: sparkline(bars_of(column)),
}

_LEFT = ("type", "histogram", "reference", "current", "most changed value")
"""What is text; numbers stand on the right."""

_IF_ANY = ("errors", "empty")
"""What is only shown where a column has some."""

_LESS_TELLING = (
    *("variance", "kurtosis", "skewness", "0.1%", "99.9%", "1%", "99%", "5%", "95%"),
    *("25%", "75%", "distinct", "sd", "min", "max"),
    *("histogram", "50%", "mean", "empty", "errors"),
)
"""What is left out on a narrow terminal, in this order."""


def _statistics(columns: Sequence[ColumnProfile]) -> dict[str, list[str]]:
    every = {title: [show(column) for column in columns] for title, show in _STATISTICS.items()}
    return {
        title: cells
        for title, cells in every.items()
        if title not in _IF_ANY or any(cell != "0" for cell in cells)
    }


def fitting(
    names: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    *,
    dispensable: Sequence[str],
    width: int | None = None,
    marks: Sequence[str] = (),
) -> Table:
    """A row per name, with as many of ``columns`` as ``width`` has room for.

    ``dispensable`` are the titles to leave out, the least telling first; ``marks`` are signs
    before the names, as many as there are names where there are any.
    """
    room = width or _terminal_width()
    shown = [shortened(name(each), max(16, room // 4)) for each in names]
    kept = dict(columns)
    widths = {title: _width((title, *cells)) for title, cells in kept.items()}
    width_of_names = _width(("column", *shown)) + (_width(marks) + 1 if any(marks) else 0)
    for title in dispensable:
        if width_of_names + sum(widths[each] + _BETWEEN for each in kept) <= room:
            break
        kept.pop(title, None)
    return _filled(_marked(shown, marks), kept)


def _marked(names: Sequence[str], marks: Sequence[str]) -> list[Text]:
    if not any(marks):
        return [Text(each) for each in names]
    width = _width(marks)
    pairs = zip(marks, names, strict=True)
    return [Text.assemble((mark.ljust(width), "bold red"), " ", each) for mark, each in pairs]


def _filled(names: Sequence[Text], columns: Mapping[str, Sequence[str]]) -> Table:
    table = _table()
    table.add_column("column", no_wrap=True)
    for title in columns:
        table.add_column(title, no_wrap=True, justify="left" if title in _LEFT else "right")
    for each, *cells in zip(names, *columns.values(), strict=True):
        table.add_row(each, *map(Text, cells))
    return table


def _table() -> Table:
    return Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)


def _width(cells: Iterable[str]) -> int:
    return max(map(cell_len, cells))


def _console(file: StringIO, width: int | None) -> Console:
    return Console(
        file=file,
        width=width or _terminal_width(),
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


def _terminal_width() -> int:
    return get_terminal_size((120, 24)).columns
