"""Steps that need Arrow only, and what all steps have in common."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import errors_of, made, restarting, rows_of

from mlsnap.data.digest import digest_of
from mlsnap.data.rows import Rows
from mlsnap.data.steps import STEPS, completed, transformed
from mlsnap.errors import SourceError
from mlsnap.steps import cast, drop, parse_dates, rename, select

PEOPLE = {"name": ["Ada", "Ed", "Eve"], "age": [36, 50, 7], "town": ["x", None, "y"]}


def test_select_keeps_columns_in_the_order_they_are_named():
    assert made(PEOPLE, select("town", "name")).column_names == ["town", "name"]


def test_drop_leaves_the_others():
    assert made(PEOPLE, drop("age")).column_names == ["name", "town"]


def test_rename_lets_two_columns_swap_their_names():
    table = made(PEOPLE, rename({"name": "town", "town": "name"}))
    assert table.column_names == ["town", "age", "name"]
    assert table["town"].to_pylist() == PEOPLE["name"]


def test_values_and_types_survive_the_choice_of_columns():
    columns = {
        "b": pa.array([1, None], pa.uint8()),
        "a": pa.array(["x", "y"]).dictionary_encode(),
        "c": pa.array([0, 1], pa.timestamp("ns", "Europe/Berlin")),
    }
    table = made(columns, drop("b"), rename({"a": "z"}), select("c", "z"))
    assert table.schema.types == [columns["c"].type, columns["a"].type]
    assert table["c"].combine_chunks().equals(columns["c"])


def test_single_columns_are_read_through_select_drop_and_rename():
    rows = Rows.of_table(pa.table(PEOPLE))
    picked = transformed(rows, completed([drop("name"), rename({"town": "place"})]))
    assert picked.column is not None
    assert pa.chunked_array(picked.column(1)).to_pylist() == PEOPLE["town"]
    assert picked.row_count == 3


@pytest.mark.parametrize(
    ("name", "values", "type_", "expected"),
    [
        ("text to integer", ["1", " 2 ", "x", "", None], "int8", [1, 2, None, None, None]),
        ("too large", [1, 200, -129], "int8", [1, None, None]),
        ("fractions", [1.0, 1.5, float("nan"), float("inf")], "int64", [1, None, None, None]),
        ("beyond 2^53", [2**53, 2**53 + 1], "float64", [2.0**53, None]),
        ("text to decimal", ["1.20", "abc"], "decimal128(10, 2)", [Decimal("1.20"), None]),
        ("text to truth", ["true", "0", "maybe"], "bool", [True, False, None]),
        ("numbers to text", [1, None], "string", ["1", None]),
        ("nested", [["1"], ["x"], None], "list<item: int64>", None),
        ("nulls", pa.nulls(2), "int64", [None, None]),
    ],
)
def test_a_value_that_cannot_be_cast_is_null(name, values, type_, expected):
    if expected is None:
        with pytest.raises(SourceError, match="no Arrow type 'list<item: int64>'"):
            made({"x": values}, cast({"x": type_}))
        return
    assert made({"x": values}, cast({"x": type_}))["x"].to_pylist() == expected


def test_values_that_cannot_be_cast_are_counted_but_missing_ones_are_not():
    rows = rows_of({"x": ["1", "a", "", None, "b", "a"]})
    assert errors_of(transformed(rows, completed([cast({"x": "int64"})]))) == {"x": 3}


def test_a_dictionary_is_cast_by_its_values():
    texts = pa.array(["1", "2", "x", "x"]).dictionary_encode()
    rows = transformed(rows_of({"x": texts}), completed([cast({"x": "int64"})]))
    assert rows.table()["x"].to_pylist() == [1, 2, None, None]
    assert rows.errors == {"x": 2}


def test_naive_instants_get_a_zone_as_utc():
    table = made({"x": pa.array([0], pa.timestamp("us"))}, cast({"x": "timestamp[us, tz=UTC]"}))
    assert table.schema.field("x").type == pa.timestamp("us", "UTC")


def test_a_cast_that_no_value_could_take_is_refused():
    with pytest.raises(SourceError, match=r"column 'x' is list<.*>, which cannot be cast"):
        made({"x": [[1]]}, cast({"x": "int64"}))


def test_dates_are_parsed_in_the_first_form_that_fits():
    rows = rows_of({"born": ["01.02.2020", "2020/03/04", "31.02.2020", "", None]})
    step = parse_dates("born", formats=["%d.%m.%Y", "%Y/%m/%d"])
    parsed = transformed(rows, completed([step]))
    found = parsed.table()["born"]
    assert found.type == pa.timestamp("us")
    assert [str(each) for each in found.to_pylist()[:2]] == [
        "2020-02-01 00:00:00",
        "2020-03-04 00:00:00",
    ]
    assert found.null_count == 3
    assert parsed.errors == {"born": 1}


def test_a_column_of_dates_stays_what_parse_dates_finds():
    days = pa.array([1], pa.date32())
    assert made({"d": days}, parse_dates("d", formats=["%d.%m.%Y"]))["d"].type == pa.date32()


def test_numbers_are_no_dates():
    with pytest.raises(SourceError, match="column 'x' holds int64 values, not texts\nHint: c"):
        made({"x": [1]}, parse_dates("x", formats=["%Y"]))


@pytest.mark.parametrize("form", ["dd.mm.yyyy", "%Y %z"])
def test_a_date_format_that_cannot_be_used_is_refused(form):
    with pytest.raises(SourceError, match=r"step 1 \(parse_dates\): the date format"):
        completed([parse_dates("x", formats=[form])])


def test_errors_of_the_source_go_along_under_the_new_names():
    rows = rows_of({"a": ["1", "x"], "b": [1, None]}, errors={"a": 4, "b": 5})
    steps = [rename({"a": "c"}), cast({"c": "int64"}), drop("b")]
    assert errors_of(transformed(rows, completed(steps))) == {"c": 5}


def test_errors_are_there_when_single_columns_are_read():
    rows = Rows.of_table(pa.table(PEOPLE), errors={"age": 2})
    picked = transformed(rows, completed([rename({"age": "years"})]))
    assert picked.column is not None
    list(picked.column(1))
    picked.check()
    assert picked.errors == {"years": 2}


def test_stamps_and_check_of_the_source_are_kept():
    looked = []
    stamps = {Path("a.csv"): (1, 2, 3)}
    rows = rows_of(PEOPLE, stamps=stamps, check=lambda: looked.append(1))
    steps = [select("age"), cast({"age": "string"}), parse_dates("age", formats=["%Y"])]
    changed = transformed(rows, completed(steps))
    changed.table()
    assert (changed.stamps, looked) == (stamps, [1])


def test_rows_that_start_again_are_transformed_again():
    rows = restarting({"x": [1, 2]}, {"x": ["1", "2", "x"]}, errors={"x": 1})
    steps = completed([rename({"x": "y"}), cast({"y": "int8"})])
    assert transformed(rows, steps).table()["y"].to_pylist() == [1, 2, None]


def test_an_empty_table_goes_through_every_step_that_needs_no_sql():
    columns = {"a": pa.array([], pa.string()), "b": pa.array([], pa.string())}
    steps = [rename({"a": "c"}), cast({"c": "int8"}), parse_dates("b", formats=["%Y"])]
    table = made(columns, *steps)
    assert (table.num_rows, table.schema.types) == (0, [pa.int8(), pa.timestamp("us")])


def test_thousands_of_columns_are_picked():
    wide = {f"c{number}": [number] for number in range(5000)}
    assert made(wide, drop("c0"), rename({"c1": "first"})).num_columns == 4999


@settings(max_examples=30)
@given(
    st.lists(st.one_of(st.none(), st.text(max_size=4), st.integers().map(str)), max_size=20),
    st.integers(1, 7),
)
def test_the_digest_does_not_depend_on_how_the_rows_are_cut(values, size):
    columns = {"x": pa.array(values, pa.string()), "y": pa.array(values, pa.string())}
    steps = [cast({"x": "int64"}), rename({"y": "z"})]
    assert digest_of(made(columns, *steps, size=size)) == digest_of(made(columns, *steps, size=99))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            {"step": "selct"},
            r"step 1 \(selct\): no step 'selct'; near names: 'select'\nHint: st",
        ),
        ({"columns": ["a"]}, "no step None"),
        ({"step": "select"}, "lacks its argument 'columns'\nHint: select takes columns"),
        ({"step": "select", "columns": "a"}, "columns of the step 'select' is 'a', not a list"),
        ({"step": "select", "columns": []}, r"is \[\], not a list of texts"),
        ({"step": "select", "column": ["a"]}, "no argument 'column'; near names: 'columns'"),
        ({"step": "rename", "names": {"a": 1}}, "not an object that maps texts to texts"),
        ({"step": "cast", "types": {"a": "int23"}}, "no Arrow type 'int23'; near names: 'int32'"),
        ({"step": "select", "columns": [Path("a")]}, "cannot be stored as JSON"),
    ],
)
def test_a_step_that_cannot_be_used_is_refused_when_it_is_defined(step, message):
    with pytest.raises(SourceError, match=message):
        completed([step])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (select("naem"), r"step 2 \(select\): no column 'naem'; near names: 'name'\nHint: the col"),
        (select("age", "age"), "column 'age' is named twice"),
        (drop("name", "age", "town"), "no column would be left"),
        (rename({"age": "name"}), "2 columns would be called 'name'"),
        (cast({"agee": "int8"}), "no column 'agee'; near names: 'age'"),
    ],
)
def test_a_step_that_does_not_fit_the_rows_is_named(step, message):
    with pytest.raises(SourceError, match=message):
        made(PEOPLE, select("name", "age", "town"), step)


def test_every_step_has_the_same_face():
    for name in STEPS:
        module = import_module(f"mlsnap.data.steps.{name}")
        assert all(map(callable, (module.step, module.complete, module.apply)))
        assert module.ARGUMENTS
