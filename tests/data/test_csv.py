"""Delimited text: types, dates, blanks, errors, and what cannot be read."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.data.parsing import DATE_FORMS, parse_dates
from mlsnap.data.rows import Rows
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError

LINES = 200_000
"""So many short lines are more than the megabyte that types are found in."""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Rows]:
    """Reads what is written to a file first; a list is several files."""

    def read(*contents: str | bytes, name: str = "x.csv", **options: Any) -> Rows:
        for number, content in enumerate(contents):
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / f"{number}{name}").write_bytes(raw)
        source = tmp_path / f"0{name}" if len(contents) == 1 else tmp_path
        return open_source(define(source, options=options))

    return read


def long(start: str, late: str) -> str:
    """A file whose values are ``start`` for over a megabyte, and ``late`` at its end."""
    return "x,pad\n" + f"{start},pad\n" * LINES + f"{late},pad\n"


# Types ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "type_", "values"),
    [
        ("1\n-2", pa.int64(), [1, -2]),
        ("1\n2.5", pa.float64(), [1.0, 2.5]),
        ("9223372036854775808\n1", pa.uint64(), [2**63, 1]),
        ("9223372036854775808\n-1", pa.string(), ["9223372036854775808", "-1"]),
        ("18446744073709551616\n1", pa.string(), ["18446744073709551616", "1"]),
        ("9007199254740993\n1.5", pa.string(), ["9007199254740993", "1.5"]),
        ("9007199254740992\n1.5", pa.float64(), [2.0**53, 1.5]),
        ("+1\n-2", pa.int64(), [1, -2]),
        ("01234\n00501", pa.int64(), [1234, 501]),
        ("12\n7\nnone", pa.string(), ["12", "7", "none"]),
        ("TRUE\nfalse", pa.bool_(), [True, False]),
        ("a\n1", pa.string(), ["a", "1"]),
        ("007XX E 111TH ST\n1", pa.string(), ["007XX E 111TH ST", "1"]),
        ("12:30\n23:59:59", pa.time32("s"), [time(12, 30), time(23, 59, 59)]),
        ("08B\n11", pa.string(), ["08B", "11"]),
    ],
)
def test_a_column_has_the_narrowest_type_that_fits(
    read: Any, cells: str, type_: pa.DataType, values: list[Any]
):
    table = read(f"x\n{cells}\n").table()

    assert table.schema.field("x").type == type_
    assert table["x"].to_pylist() == values


DATES = {
    "2016-04-15": datetime(2016, 4, 15),
    "2016-04-15 17:00": datetime(2016, 4, 15, 17),
    "2016-04-15T17:00:30": datetime(2016, 4, 15, 17, 0, 30),
    "2016-04-15 17:00:30.25": datetime(2016, 4, 15, 17, 0, 30, 250_000),
    "2016-04-15T17:00:00Z": datetime(2016, 4, 15, 17, tzinfo=UTC),
    "2016-04-15 17:00:00+02:00": datetime(2016, 4, 15, 15, tzinfo=UTC),
    "4/15/2016": datetime(2016, 4, 15),
    "04/05/2016": datetime(2016, 4, 5),
    "4/15/2016 17:00": datetime(2016, 4, 15, 17),
    "4/15/2016 17:00:30": datetime(2016, 4, 15, 17, 0, 30),
    "4/15/2016 5:00 PM": datetime(2016, 4, 15, 17),
    "04/15/2016 12:00:30 am": datetime(2016, 4, 15, 0, 0, 30),
    "2016/04/15": datetime(2016, 4, 15),
    "2016/04/15 17:00:30": datetime(2016, 4, 15, 17, 0, 30),
    "1/1/0900": datetime(900, 1, 1),
}


@pytest.mark.parametrize("text", DATES)
def test_dates_in_the_usual_forms_are_dates(read: Any, text: str):
    cell = read(f"x\n{text}\n").table()["x"][0]

    assert cell.cast(pa.timestamp("us", cell.type.tz)).as_py() == DATES[text]


def test_dates_are_instants_in_units_that_files_and_frames_keep(read: Any):
    table = read(
        "d,s,z,n\n2016-04-15,4/15/2016,2016-04-15T00:00:00Z,2016-04-15 00:00:00.5\n"
    ).table()

    assert [table.schema.field(name).type for name in "dszn"] == [
        pa.timestamp("us"),
        pa.timestamp("us"),
        pa.timestamp("us", "UTC"),
        pa.timestamp("ns"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2/30/2016",
        "2016-02-30",
        "4/15/16",
        "16/04/15",
        "15/4/2016",
        "15.4.2016",
        "1/2/3",
        "4/15/20161",
        "4-15-2016",
        "2016-04",
        "4/15/2016 25:00",
        "4/15/2016 17:00 PM",
    ],
)
def test_what_is_no_date_stays_text(read: Any, text: str):
    table = read(f"x\n{text}\n").table()

    assert table["x"].to_pylist() == [text]


def test_one_text_among_dates_makes_a_short_column_text(read: Any):
    rows = read("x\n4/15/2016\nunknown\n")

    assert rows.table()["x"].to_pylist() == ["4/15/2016", "unknown"]
    assert rows.errors == {}


def test_dates_may_have_blanks_and_several_usual_forms(read: Any):
    rows = read("x,y\n4/15/2016,1\n,2\n4/16/2016 9:30,3\n")

    assert rows.table()["x"].to_pylist() == [
        datetime(2016, 4, 15),
        None,
        datetime(2016, 4, 16, 9, 30),
    ]
    assert rows.errors == {}


def test_day_first_dates_are_read_when_asked_for(read: Any):
    table = read("x\n15.4.2016\n05/04/2016\n", date_formats=["%d.%m.%Y", "%d/%m/%Y"]).table()

    assert table["x"].to_pylist() == [datetime(2016, 4, 15), datetime(2016, 4, 5)]


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), st.sampled_from(DATE_FORMS))
def test_every_date_is_read_as_it_is_written(moment: datetime, form: str):
    text = moment.strftime(form)

    parsed = parse_dates(pa.array([text]), [form], missing=[])

    assert parsed.values.to_pylist() == [datetime.strptime(text, form)]
    assert parsed.wrong == 0


def test_types_can_be_named(read: Any):
    types = {"a": "string", "b": "float", "c": "timestamp[us]", "d": "date32"}
    table = read("a,b,c,d\n007,1,4/15/2016,2016-04-15\n", column_types=types).table()

    assert table.to_pylist() == [
        {"a": "007", "b": 1.0, "c": datetime(2016, 4, 15), "d": date(2016, 4, 15)}
    ]
    assert table.schema.field("b").type == pa.float32()


def test_values_that_are_not_of_a_named_type_are_errors(read: Any):
    rows = read("x\n1\noops\n\n2\n", column_types={"x": "int64"})

    assert rows.table()["x"].to_pylist() == [1, None, 2]
    assert rows.errors == {"x": 1}


# Blanks -----------------------------------------------------------------------------------------


def test_a_blank_is_empty_in_text_and_missing_elsewhere(read: Any):
    table = read('t,n,b,d,y\na,1,true,2016-04-15,0\n,,,,0\n"","","","",0\n').table()

    assert table["t"].to_pylist() == ["a", "", ""]
    assert [table[name].null_count for name in "nbd"] == [2, 2, 2]


def test_a_column_of_blanks_has_no_type(read: Any):
    table = read("x,y\n,1\n,2\n").table()

    assert table.schema.field("x").type == pa.null()


def test_usual_words_for_missing_are_missing_in_numbers_only(read: Any):
    table = read("n,t\n1,a\nNA,NA\n").table()

    assert table.to_pylist() == [{"n": 1, "t": "a"}, {"n": None, "t": "NA"}]


def test_named_words_for_missing_are_missing_in_text_too(read: Any):
    table = read("n,t\n1,a\n?,?\n,\n", null_values=["?"]).table()

    assert table["n"].to_pylist() == [1, None, None]
    assert table["t"].to_pylist() == ["a", None, ""]


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "value"),
    [
        ("7", 7),
        ("7.5", 7.5),
        ("true", True),
        ("2016-04-15", datetime(2016, 4, 15)),
        ("4/15/2016 17:00", datetime(2016, 4, 15, 17)),
    ],
)
def test_a_late_value_that_does_not_parse_is_counted_and_null(read: Any, start: str, value: Any):
    rows = read(long(start, "oops"))
    cells = rows.table()["x"]

    assert rows.errors == {"x": 1}
    assert cells[0].as_py() == value
    assert cells[-1].as_py() is None
    assert cells.null_count == 1


@pytest.mark.parametrize("place", [0, 1500, 3000])
def test_values_that_do_not_parse_are_errors_wherever_they_stand(read: Any, place: int):
    cells = [str(number) for number in range(3000)]
    cells[place:place] = ["oops", "?"]
    rows = read("x,pad\n" + "".join(f"{cell},pad\n" for cell in cells))

    values = rows.table()["x"]

    assert (values.type, values.null_count, rows.errors) == (pa.int64(), 2, {"x": 2})


@pytest.mark.parametrize("cell", ["oops", "1.5", " "])
def test_the_first_of_many_long_integers_may_be_an_error(read: Any, cell: str):
    numbers = [2**60 + number for number in range(LINES)]
    rows = read(f"x\n{cell}\n" + "\n".join(map(str, numbers)) + "\n")

    assert rows.table()["x"].to_pylist() == [None, *numbers]


@pytest.mark.parametrize("late", ["18446744073709551616", "-1\n9223372036854775808"])
def test_integers_that_no_type_holds_are_text(read: Any, late: str):
    numbers = [str(2**60 + number) for number in range(100)]
    rows = read("x\n" + "\n".join([*numbers, late]) + "\n")

    assert rows.table()["x"].to_pylist() == [*numbers, *late.split()]


def test_a_day_in_another_form_is_an_error_among_days(read: Any):
    rows = read("x\n" + "2020-12-31\n" * 20 + "31/12/2020\n")

    assert rows.table()["x"].to_pylist() == [*[datetime(2020, 12, 31)] * 20, None]


@pytest.mark.parametrize("types", [{}, {"x": "float64"}])
def test_a_number_that_floats_do_not_reach_is_an_error(read: Any, types: dict[str, str]):
    rows = read("x\n1e400\ninf\n" + "1.5\n" * 20, column_types=types)

    assert rows.table()["x"].to_pylist() == [None, float("inf"), *[1.5] * 20]


def test_integers_with_leading_zeros_beside_codes_are_text(read: Any):
    codes = ["A12", *["007"] * 30]

    assert read("x\n" + "\n".join(codes) + "\n").table()["x"].to_pylist() == codes


def test_late_blanks_are_missing_and_no_errors(read: Any):
    rows = read(long("7", "oops,pad\n,pad\nNA"))

    assert rows.table()["x"].null_count == 3
    assert rows.errors == {"x": 1}


def test_late_decimals_are_no_errors_of_an_integer_column(read: Any):
    rows = read(long("7", "oops,pad\n7.5"))

    assert rows.table()["x"].to_pylist()[-3:] == [7.0, None, 7.5]
    assert rows.errors == {"x": 1}


def test_a_date_that_does_not_exist_is_an_error(read: Any):
    rows = read(long("4/15/2016", "2/30/2016"))

    assert rows.table()["x"][-1].as_py() is None
    assert rows.errors == {"x": 1}


def test_many_late_texts_make_a_column_text(read: Any):
    rows = read("x,pad\n" + "7,pad\n" * LINES + "08B,pad\n" * LINES)

    cells = rows.table()["x"]

    assert rows.errors == {}
    assert cells.type == pa.string()
    assert cells[-1].as_py() == "08B"


def test_very_many_different_texts_make_a_column_text(read: Any):
    late = "".join(f"a{i},pad\n" for i in range(2000))
    rows = read("x,pad\n" + "7,pad\n" * LINES + late)

    assert rows.table()["x"][-1].as_py() == "a1999"
    assert rows.errors == {}


def test_a_named_type_that_hardly_anything_is_of_is_refused(read: Any):
    cells = "\n".join(f"a{i}" for i in range(2000))

    with pytest.raises(
        SourceError, match=r"'x' of .* is no int64: more than 1000 different values"
    ):
        read(f"x\n{cells}\n", column_types={"x": "int64"})


def test_errors_are_counted_over_all_files(read: Any):
    types = {"x": "int64"}

    rows = read("x\n1\na\n", "x\nb\nc\n", column_types=types)

    assert rows.table().num_rows == 4
    assert rows.errors == {"x": 3}


# Files ------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_the_first_name(read: Any):
    assert read(b"\xef\xbb\xbfx,y\n1,2\n").table().column_names == ["x", "y"]


def test_another_encoding_is_read_when_named(read: Any):
    table = read("größe\nMünchen\n".encode("cp1252"), encoding="cp1252").table()

    assert table.to_pylist() == [{"größe": "München"}]


@pytest.mark.parametrize("text", ["x\nMünchen\n", "größe\n1\n"], ids=["value", "name"])
def test_another_encoding_that_is_not_named_is_refused(read: Any, text: str):
    with pytest.raises(SourceError, match="is not text in the encoding it was read with") as error:
        read(text.encode("cp1252"))
    assert "options={'encoding': 'cp1252'}" in str(error.value)


def test_an_encoding_that_does_not_exist_is_refused(read: Any):
    with pytest.raises(SourceError, match="unknown encoding: utf-99"):
        read("x\n1\n", encoding="utf-99")


def test_compressed_files_are_read(read: Any):
    assert read(gzip.compress(b"x\n1\n"), name="x.csv.gz").table().to_pylist() == [{"x": 1}]


def test_a_file_that_only_says_it_is_compressed_is_refused(read: Any):
    with pytest.raises(SourceError, match="cannot be read as delimited text"):
        read("x\n1\n", name="x.csv.gz")


def test_fields_may_hold_delimiters_quotes_and_line_ends(read: Any):
    table = read('x,y\n"a\nb, ""c""",1\n').table()

    assert table["x"].to_pylist() == ['a\nb, "c"']


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(read: Any, end: str):
    assert read(f"x,y{end}1,2{end}3,4{end}").table().to_pydict() == {"x": [1, 3], "y": [2, 4]}


def test_columns_of_one_name_are_numbered(read: Any):
    rows = read("x,x,y,x\n1,a,2,oops\n")

    assert rows.table().to_pylist() == [{"x": 1, "x.1": "a", "y": 2, "x.2": "oops"}]


def test_a_header_alone_is_no_rows(read: Any):
    table = read("x,y\n").table()

    assert (table.column_names, table.num_rows) == (["x", "y"], 0)


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_is_refused(read: Any, content: str):
    with pytest.raises(SourceError, match=r"0x\.csv is empty"):
        read(content)


def test_a_line_with_another_number_of_fields_is_refused(read: Any):
    with pytest.raises(SourceError, match="Expected 2 columns, got 3: 3,4,5"):
        read("x,y\n1,2\n3,4,5\n")


@pytest.mark.parametrize("name", ["x.tsv", "X.TSV"])
def test_tabs_separate_the_fields_of_a_tsv_file(read: Any, name: str):
    assert read("x\ty\n1\t2,5\n", name=name).table().to_pylist() == [{"x": 1, "y": "2,5"}]


def test_a_csv_file_of_a_tsv_file_is_no_tsv_file(read: Any):
    assert read("x,y\n1,2\n", name="x.tsv.csv").table().num_columns == 2


def test_files_are_read_one_after_the_other(read: Any):
    table = read("x,y\n1,a\n", "x,z\n2.5,b\n").table()

    assert table.to_pydict() == {"x": [1.0, 2.5], "y": ["a", None], "z": [None, "b"]}


def test_integers_of_several_files_are_unsigned_where_all_fit(read: Any):
    table = read(f"x\n{2**63}\n", "x\n1\n").table()

    assert table["x"].to_pylist() == [2**63, 1]


@pytest.mark.parametrize(("one", "other"), [(2**53 + 1, 1.5), (2**63, -1)])
def test_numbers_of_several_files_that_no_type_holds_are_refused(read: Any, one: Any, other: Any):
    with pytest.raises(SourceError, match="no type holds all numbers of column 'x' exactly"):
        read(f"x\n{one}\n", f"x\n{other}\n").table()


def test_files_of_different_types_are_refused(read: Any):
    with pytest.raises(SourceError, match=r"2 files, .* do not make one table: .*Field x") as error:
        read("x\n1\n", "x\na\n")
    assert "column_types" in error.value.hint


def test_a_named_type_may_have_a_scale_or_a_zone(read: Any):
    types = {"x": "decimal128(6, 2)", "y": "timestamp[us, tz=UTC]"}
    rows = read("x,y\n1.5,2020-01-02T03:04:05+01:00\nten,2020\n", column_types=types)

    assert rows.table().to_pylist() == [
        {"x": Decimal("1.50"), "y": datetime(2020, 1, 2, 2, 4, 5, tzinfo=UTC)},
        {"x": None, "y": None},
    ]
    assert rows.errors == {"x": 1, "y": 1}


def test_files_of_different_types_are_read_with_the_type_named(read: Any):
    table = read("x\n1\n", "x\na\n", column_types={"x": "string"}).table()

    assert table["x"].to_pylist() == ["1", "a"]


# Options ----------------------------------------------------------------------------------------


def test_preambles_delimiters_and_quotes_can_be_named(read: Any):
    text = "made by hand\nx|y\n'a|b'|1\n"
    table = read(text, skip_rows=1, delimiter="|", quote_char="'").table()

    assert table.to_pylist() == [{"x": "a|b", "y": 1}]


def test_named_columns_make_the_first_line_data(read: Any):
    assert read("1,2\n", column_names=["x", "y"]).table().to_pylist() == [{"x": 1, "y": 2}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimeter": ";"}, "no option 'delimeter' for csv files; near names: 'delimiter'"),
        ({"delimiter": ";;"}, "options .*'delimiter': ';;'.* cannot be used"),
        ({"delimiter": "\n"}, "options .* cannot be used: a line end is no delimiter"),
        ({"skip_rows": -1}, "options .* cannot be used"),
        ({"skip_rows": "two"}, "options .*'skip_rows': 'two'.* cannot be used"),
        ({"column_types": {"x": "number"}}, "no Arrow type 'number'"),
        ({"column_types": {"X": "int64"}}, "column_types name 'X', which .* does not have"),
        ({"date_formats": ["%Y %z"]}, "the date format '%Y %z' has a zone"),
        ({"date_formats": ["dd.mm.yyyy"]}, "'dd.mm.yyyy' names no part of a date"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(read: Any, options: Any, message: str):
    with pytest.raises(SourceError, match=message):
        read("x\n1\n", **options)
