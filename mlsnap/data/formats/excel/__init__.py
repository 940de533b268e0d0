"""Sheets of Excel and OpenDocument files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import zip_longest
from typing import Any

import pyarrow as pa

from mlsnap.data import mixed
from mlsnap.data.files import File
from mlsnap.data.formats.excel.sheets import ErrorCell, rows_of
from mlsnap.data.rows import Rows, unique_names
from mlsnap.errors import SourceError

_NOT_AVAILABLE = "#N/A"

_Column = tuple[Any, ...]


def read(files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The rows of one sheet of each of ``files``, file by file.

    A column is booleans, integers, floats, instants, times, durations or text if all its cells
    are, else mixed. Empty cells and ``#N/A`` are missing; other errors are null and counted
    (``.xls``, ``.xlsb`` and ``.ods`` files do not tell them from empty cells). Rows that are
    empty at the end are left out. A sheet is read whole: it has a million rows at most.

    Options: ``sheet`` (name, or number counted from 1; the first), ``header`` (the row with the
    names, counted from 1 as the sheet shows it; the first that is not empty; 0 for none: columns
    are called A, B, C, …).
    """
    columns: dict[str, _Column] = {}
    rows = 0
    for file in files:
        found, count = _columns(file, options)
        for name in (*columns, *(each for each in found if each not in columns)):
            before = columns.get(name, (None,) * rows)
            columns[name] = (*before, *found.get(name, (None,) * count))
        rows += count
    return _typed(columns)


def _columns(file: File, options: Mapping[str, Any]) -> tuple[dict[str, _Column], int]:
    """The cells of each column, and the number of rows."""
    rows = _without_empty_end(rows_of(file, options.get("sheet")))
    header = _header_row(file, rows, options.get("header"))
    body = rows[header:]
    width = max((len(row) for row in rows[max(header - 1, 0) :]), default=0)
    names = rows[header - 1] if header else []
    cells: list[_Column] = list(zip_longest(*body)) if body else []
    cells += [()] * (width - len(cells))
    named = [
        (_name(name, position), column)
        for position, (name, column) in enumerate(zip_longest(names, cells))
        if name is not None or any(cell is not None for cell in column)
    ]
    unique = unique_names(name for name, _ in named)
    return dict(zip(unique, (column for _, column in named), strict=True)), len(body)


def _without_empty_end(rows: list[list[Any]]) -> list[list[Any]]:
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    return rows


def _header_row(file: File, rows: list[list[Any]], asked: Any) -> int:
    """The number of the row with the names, 0 for none."""
    if not rows:
        raise SourceError(f"the sheet of {file} is empty", "name another with the option sheet")
    if asked is None:
        return next(n for n, row in enumerate(rows, 1) if any(cell is not None for cell in row))
    if type(asked) is not int or not 0 <= asked <= len(rows):
        raise SourceError(
            f"the option header is {asked!r}, and the sheet of {file} has {len(rows)} rows",
            "give the number of the row with the names, counted from 1, or 0 for none",
        )
    return asked


def _name(cell: Any, position: int) -> str:
    if cell is None:
        return _letters(position)
    if isinstance(cell, datetime | time):
        return cell.isoformat()
    return cell.text if isinstance(cell, ErrorCell) else str(cell)


def _letters(position: int) -> str:
    """What sheets call the column: A, B, …, Z, AA, …"""
    before, last = divmod(position, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _typed(columns: Mapping[str, _Column]) -> Rows:
    fields, arrays, errors = [], [], {}
    for name, cells in columns.items():
        failed = sum(isinstance(c, ErrorCell) and c.text != _NOT_AVAILABLE for c in cells)
        if failed:
            errors[name] = failed
        values = [None if isinstance(cell, ErrorCell) else cell for cell in cells]
        array, metadata = _array(values)
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata=metadata))
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    return Rows.of_table(table, errors=errors)


def _array(values: list[Any]) -> tuple[pa.Array, dict[bytes, bytes] | None]:
    """The values in the narrowest type for them; mixed ones with the metadata that says so."""
    present = [value for value in values if value is not None]
    types = {type(value) for value in present}
    for holds, type_ in _TYPES:
        if types <= holds:
            return pa.array(values, type_), None
    if types <= {int, float}:
        return pa.array([value if value is None else float(value) for value in values]), None
    texts = [None if value is None else mixed.to_text(value) for value in values]
    return pa.array(texts, pa.string()), mixed.metadata_of(present)


_TYPES: tuple[tuple[set[type], pa.DataType], ...] = (
    (set(), pa.null()),
    ({bool}, pa.bool_()),
    ({int}, pa.int64()),
    ({str}, pa.string()),
    ({datetime}, pa.timestamp("us")),
    ({time}, pa.time64("us")),
    ({timedelta}, pa.duration("us")),
)
