"""Which rows of two tables differ, in sentences and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.text import Text

from mlsnap.report.cells import name, names, printable, scalar, shortened
from mlsnap.report.statements import counted
from mlsnap.report.tables import as_text, table_view
from mlsnap.values.row_difference import ChangedRow, RetypedColumn, RowDifference

_BESIDE = 8
"""Columns of rows that are shown beside each other."""

_MOST = 20
"""Columns whose changed cells are counted."""

_CELL = 40
"""Characters of a cell."""


class _Table(NamedTuple):
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def row_difference_text(difference: RowDifference, *, width: int | None = None) -> str:
    """How many rows differ, in which columns, and the first of them."""
    return as_text(row_difference_view(difference), width=width)


def row_difference_view(difference: RowDifference) -> RenderableType:
    """What `row_difference_text` shows."""
    first, *others = _sentences(difference)
    tables = [table_view(*table) for table in _tables(difference)]
    return Group(Text(first, style="bold"), *map(Text, others), *tables)


def row_difference_fragment(difference: RowDifference) -> str:
    """The same for a notebook."""
    first, *others = _sentences(difference)
    lines = [Markup("<p><strong>{}</strong></p>").format(first)]
    lines += [Markup("<p>{}</p>").format(each) for each in others]
    lines += [_html(table) for table in _tables(difference)]
    return str(Markup("<div>{}</div>").format(Markup("").join(lines)))


def _sentences(difference: RowDifference) -> Iterator[str]:
    yield _headline(difference)
    key = f", key {names(difference.key)}" if difference.key else ""
    yield printable(f"reference {difference.reference}, current {difference.current}") + key
    if difference.rows_skipped and not difference.identical:
        skipped = f"{difference.rows_skipped:,}"
        yield f"not read: {skipped} rows, in chunks that both copies have"
    if difference.repeated_keys:
        yield f"keys that several rows of a side have: {difference.repeated_keys:,}"
    apart = {
        "added": names(difference.columns_added),
        "removed": names(difference.columns_removed),
        "retyped": ", ".join(map(_retyped, difference.retyped)),
        "excluded": names(difference.excluded),
    }
    yield from (f"columns {what}: {listed}" for what, listed in apart.items() if listed)


def _headline(difference: RowDifference) -> str:
    """What comes first: whether the rows are the same, or how many are not."""
    rows = _rows(difference.current_rows)
    if difference.identical:
        what = "columns that were compared are" if difference.excluded else "data is"
        return f"The {what} identical: the same {rows} in the same order."
    if difference.added or difference.removed or difference.changed:
        same = difference.reference_rows - difference.removed - difference.changed
        counts = [f"{_rows(difference.added)} added", f"{difference.removed:,} removed"]
        counts += [f"{difference.changed:,} changed"] if difference.key else []
        return f"{', '.join(counts)}; {same:,} the same."
    if difference.differs:
        return f"No row differs in the columns that were compared: {rows}."
    return f"The same {rows} in another order."


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _retyped(column: RetypedColumn) -> str:
    types = f"{printable(column.reference)} → {printable(column.current)}"
    return f"{name(column.name)} ({types}{'' if column.compared else ', not compared'})"


def _tables(difference: RowDifference) -> Iterator[_Table]:
    if difference.changed_cells:
        yield _changed_cells(difference.changed_cells)
    examples, key = difference.examples, difference.key
    if examples.changed:
        yield _changed_rows(difference)
    for title, rows, count in (
        ("added", examples.added, difference.added),
        ("removed", examples.removed, difference.removed),
    ):
        if rows:
            columns = list(dict.fromkeys([*key, *rows[0]]))
            yield _shown(title, columns, [_plain_cells(row, columns) for row in rows], count)


def _changed_cells(counts: Mapping[str, int]) -> _Table:
    ranked = sorted(counts.items(), key=lambda each: -each[1])
    rows = [(name(column), f"{count:,}") for column, count in ranked[:_MOST]]
    left = len(ranked) - _MOST
    more = [(f"… and {counted(left, 'more column')}", "")] if left > 0 else []
    return _Table("changed cells", ["column", "rows"], [*rows, *more])


def _changed_rows(difference: RowDifference) -> _Table:
    rows, counts = difference.examples.changed, difference.changed_cells
    changed = {column for row in rows for column in row.after}
    ranked = sorted(changed, key=lambda column: (-counts.get(column, 0), column))
    columns = [*difference.key, *ranked]
    cells = [[_changed_cell(row, column) for column in columns] for row in rows]
    return _shown("changed", columns, cells, difference.changed)


def _shown(title: str, columns: list[str], rows: list[list[str]], count: int) -> _Table:
    """The first rows and columns, and how many more there are."""
    first = f" (the first {len(rows)} of {count:,})" if count > len(rows) else ""
    left = len(columns) - _BESIDE
    more = f", {counted(left, 'more column')} not shown" if left > 0 else ""
    shown = [row[:_BESIDE] for row in rows]
    return _Table(f"{title}{first}{more}", [name(each) for each in columns[:_BESIDE]], shown)


def _plain_cells(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    return [_cell(row[column]) for column in columns]


def _changed_cell(row: ChangedRow, column: str) -> str:
    if column in row.after:
        return f"{_cell(row.before[column])} → {_cell(row.after[column])}"
    return _cell(row.key[column]) if column in row.key else ""


def _cell(value: Any) -> str:
    """A value in a row; what is missing is named, as it may have been something."""
    if value is None:
        return "null"
    shown: Callable[[Any], str] = str if isinstance(value, tuple | dict | float) else scalar
    return printable(shortened(shown(value), _CELL))


def _html(table: _Table) -> Markup:
    head = Markup("").join(Markup("<th>{}</th>").format(each) for each in table.columns)
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row)
        )
        for row in table.rows
    )
    whole = "<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
    return Markup(whole).format(table.title, head, rows)
