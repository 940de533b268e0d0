"""Cells of spreadsheets as Python values, whichever library can read the file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mlsnap.data.files import File, open_bytes
from mlsnap.errors import SourceError, near

_CALAMINE = (".xls", ".xlsb", ".ods")

_EXACT = 2**53


@dataclass(frozen=True)
class ErrorCell:
    """A formula that failed: ``#DIV/0!``, ``#REF!``, …"""

    text: str


def rows_of(file: File, sheet: str | int | None) -> list[list[Any]]:
    """The rows of a sheet from its first one on, each from column A on; ``None`` where empty.

    Numbers that are whole are integers, as the sheet shows them.

    Parameters
    ----------
    sheet
        Its name, or its number counted from 1; ``None`` for the first.

    Raises
    ------
    SourceError
        If the file has no such sheet or cannot be read, or the library for it is missing.
    """
    old = file.name.lower().endswith(_CALAMINE)
    with _reading(file):
        rows = (_calamine_rows if old else _openpyxl_rows)(file, sheet)
        return [[_value(cell) for cell in row] for row in rows]


def _openpyxl_rows(file: File, sheet: str | int | None) -> Iterator[list[Any]]:
    import openpyxl

    with open_bytes(file) as raw, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and checks of input that it leaves out
        book = openpyxl.load_workbook(raw, read_only=True, data_only=True)
        try:
            pages = {page.title: page for page in book.worksheets}
            page = pages[_chosen(file, sheet, list(pages))]
            page.reset_dimensions()  # some programs write wrong ones
            for row in page.iter_rows():
                yield [ErrorCell(cell.value) if _is_error(cell) else cell.value for cell in row]
        finally:
            book.close()


def _is_error(cell: Any) -> bool:
    return cell.value is not None and cell.data_type == "e"


def _calamine_rows(file: File, sheet: str | int | None) -> Iterator[list[Any]]:
    """Cells that hold errors come as empty ones: the library does not tell them apart."""
    import python_calamine as calamine

    with open_bytes(file) as raw:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw.read()))
    kind = calamine.SheetTypeEnum.WorkSheet
    names = [each.name for each in book.sheets_metadata if each.typ == kind]
    page = book.get_sheet_by_name(_chosen(file, sheet, names))
    yield from page.to_python(skip_empty_area=False)


def _value(cell: Any) -> Any:
    """Days as instants at midnight, and numbers as what they are: sheets know floats only."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return int(cell)
    if type(cell) is int and abs(cell) >= _EXACT:
        return float(cell)
    if type(cell) is date:
        return datetime(cell.year, cell.month, cell.day)
    return None if cell == "" else cell


def _chosen(file: File, sheet: str | int | None, names: list[str]) -> str:
    if not names:
        raise SourceError(f"{file} has no sheet with cells", "name another file")
    if sheet is None:
        return names[0]
    if str(sheet) in names:
        return str(sheet)
    if type(sheet) is int and 1 <= sheet <= len(names):
        return names[sheet - 1]
    raise SourceError(
        f"{file} has no sheet {sheet!r}{near(str(sheet), names)}",
        f"its sheets are {', '.join(map(repr, names))}; or give a number, counted from 1",
    )


@contextmanager
def _reading(file: File) -> Iterator[None]:
    try:
        yield
    except SourceError:
        raise
    except ImportError as error:
        raise SourceError(
            f"{file} needs a library for spreadsheets that is not installed: {error}",
            'pip install "mlsnap[excel]"',
        ) from error
    except Exception as error:  # damaged files make the libraries raise anything
        raise SourceError(
            f"{file} cannot be read as spreadsheet: {str(error) or type(error).__name__}",
            "check that it opens without a password, and that its name ends as its format is "
            "called",
        ) from error
