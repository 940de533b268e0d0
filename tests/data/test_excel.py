"""Sheets of workbooks: types of columns, headers, errors."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mlsnap.data import mixed
from mlsnap.data.rows import Rows
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
calamine = pytest.importorskip("python_calamine", reason="python-calamine is not installed")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes sheets, given by name as lists of rows, to a workbook; returns its file."""

    def write(name: str = "x.xlsx", **sheets: list[list[Any]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, cells in sheets.items():
            sheet = book.create_sheet(title)
            for row in cells:
                sheet.append(row)
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                if str(cell.value).startswith("#"):
                    cell.data_type = "e"
        book.save(tmp_path / name)
        book.close()
        return tmp_path / name

    return write


def rows(source: Path, **options: Any) -> Rows:
    return open_source(define(source, options=options))


def read(source: Path, **options: Any) -> pa.Table:
    return rows(source, **options).table()


def column(write: Write, *cells: Any) -> pa.ChunkedArray:
    return read(write(s=[["a", "last"], *([cell, 1] for cell in cells)])).column("a")


@pytest.mark.parametrize(
    ("cells", "type_", "values"),
    [
        ([1, None, 2.0], pa.int64(), [1, None, 2]),
        ([1, 2.5], pa.float64(), [1.0, 2.5]),
        ([1e300, 1], pa.float64(), [1e300, 1.0]),
        ([True, None, False], pa.bool_(), [True, None, False]),
        (["x", "", "y"], pa.string(), ["x", None, "y"]),
        (
            [datetime(2016, 4, 15, 17), date(2016, 4, 16)],
            pa.timestamp("us"),
            [datetime(2016, 4, 15, 17), datetime(2016, 4, 16)],
        ),
        ([time(12, 30)], pa.time64("us"), [time(12, 30)]),
        ([timedelta(hours=30)], pa.duration("us"), [timedelta(hours=30)]),
        ([None, None], pa.null(), [None, None]),
    ],
)
def test_a_column_has_the_type_of_its_cells(
    write: Write, cells: list[Any], type_: pa.DataType, values: list[Any]
):
    found = column(write, *cells)

    assert found.type == type_
    assert found.to_pylist() == values


def test_cells_of_several_types_are_mixed(write: Write):
    table = read(write(s=[["a"], [1], ["n/a"], [True], [2.5]]))

    counts = mixed.type_counts(table.schema.field("a"))
    assert counts == {"int": 1, "str": 1, "bool": 1, "float": 1}
    values = [mixed.from_text(text) for text in table.column("a").to_pylist()]
    assert values == [1, "n/a", True, 2.5]


def test_errors_are_counted_and_null_and_not_available_is_missing(write: Write):
    found = rows(write(s=[["a", "b"], [1, "x"], ["#DIV/0!", "#N/A"], ["#REF!", "y"], [4, "z"]]))

    assert found.table().to_pydict() == {"a": [1, None, None, 4], "b": ["x", None, "y", "z"]}
    assert found.errors == {"a": 2}


def test_headers_are_made_unique_texts(write: Write):
    table = read(write(s=[["a", "a", 2019, None, date(2016, 4, 15)], [1, 2, 3, 4, 5]]))

    assert table.column_names == ["a", "a.1", "2019", "D", "2016-04-15T00:00:00"]


def test_columns_without_name_and_cells_are_left_out(write: Write):
    assert read(write(s=[["a", None, "c"], [1, None, 3]])).to_pydict() == {"a": [1], "c": [3]}


def test_empty_rows_are_kept_between_others_and_left_out_at_the_end(write: Write):
    assert read(write(s=[["a"], [1], [None], [2], [None], [""]])).to_pydict() == {"a": [1, None, 2]}


def test_the_header_is_the_first_row_that_is_not_empty(write: Write):
    assert read(write(s=[[], [None, None], ["a"], [1]])).to_pydict() == {"a": [1]}


def test_the_row_of_the_header_can_be_named(write: Write):
    file = write(s=[["crimes of 2016"], [], ["Ward", "Arrest"], [9, True]])

    assert read(file, header=3).to_pydict() == {"Ward": [9], "Arrest": [True]}


def test_without_a_header_columns_are_letters(write: Write):
    table = read(write(s=[list(range(28)), list(range(28))]), header=0)

    assert table.num_rows == 2
    assert table.column_names[:2] == ["A", "B"]
    assert table.column_names[-3:] == ["Z", "AA", "AB"]


@pytest.mark.parametrize("header", [9, -1, "first", True])
def test_a_header_that_is_no_row_is_refused(write: Write, header: Any):
    with pytest.raises(SourceError, match=r"the option header is .*, and the sheet of .* has 2"):
        read(write(s=[["a"], [1]]), header=header)


@pytest.mark.parametrize(
    ("sheet", "value"), [(None, 1), ("two", 2), (2, 2), ("2019", 3), (2019, 3), (3, 3)]
)
def test_a_sheet_is_named_or_numbered(write: Write, sheet: Any, value: int):
    file = write(**{"one": [["a"], [1]], "two": [["a"], [2]], "2019": [["a"], [3]]})

    assert read(file, **({"sheet": sheet} if sheet else {})).to_pydict() == {"a": [value]}


@pytest.mark.parametrize("sheet", ["twoo", 0, 3, 1.0])
def test_a_sheet_that_is_not_there_is_refused(write: Write, sheet: Any):
    file = write(one=[["a"]], two=[["a"]])

    with pytest.raises(SourceError, match=f"has no sheet {sheet!r}") as error:
        read(file, sheet=sheet)
    assert error.value.hint.startswith("its sheets are 'one', 'two'")


def test_an_empty_sheet_is_refused(write: Write):
    with pytest.raises(SourceError, match=r"the sheet of .*x\.xlsx is empty"):
        read(write(s=[[]]))


def test_a_header_alone_is_a_table_without_rows(write: Write):
    table = read(write(s=[["a", "b"]]))

    assert (table.column_names, table.num_rows) == (["a", "b"], 0)


def test_types_are_those_of_the_cells_of_all_files(write: Write, tmp_path: Path):
    write("1.xlsx", s=[["a", "b"], [1, "x"]])
    write("2.xlsx", s=[["a", "c"], [1.5, True]])

    assert read(tmp_path).to_pydict() == {"a": [1.0, 1.5], "b": ["x", None], "c": [None, True]}


@pytest.mark.parametrize("name", ["x.xlsx", "x.xls", "x.xlsb", "x.ods"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(b"PK\x03\x04 no workbook")

    with pytest.raises(SourceError, match=rf"{name} cannot be read as spreadsheet"):
        read(tmp_path / name)


CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content
  xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
 <office:body><office:spreadsheet><table:table table:name="crimes">
  <table:table-row>
   <table:table-cell office:value-type="string"><text:p>Ward</text:p></table:table-cell>
   <table:table-cell office:value-type="string"><text:p>Date</text:p></table:table-cell>
  </table:table-row>
  <table:table-row>
   <table:table-cell office:value-type="float" office:value="9"/>
   <table:table-cell office:value-type="date" office:date-value="2016-04-15"/>
  </table:table-row>
 </table:table></office:spreadsheet></office:body>
</office:document-content>"""

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
 <manifest:file-entry manifest:full-path="/"
  manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
</manifest:manifest>"""


def test_an_opendocument_sheet_is_read(tmp_path: Path):
    file = tmp_path / "x.ods"
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", re.sub(r">\s+<", "><", CONTENT))
        parts.writestr("META-INF/manifest.xml", MANIFEST)

    assert read(file).to_pydict() == {"Ward": [9], "Date": [datetime(2016, 4, 15)]}
