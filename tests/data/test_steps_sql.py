"""Steps in SQL."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import errors_of, made, restarting, rows_of

from mlsnap.data import engine
from mlsnap.data.digest import digest_of
from mlsnap.data.steps import completed, transformed
from mlsnap.errors import SourceError
from mlsnap.steps import derive, filter, rename, select, sql

pytest.importorskip("duckdb", reason="steps in SQL need DuckDB")

PEOPLE = {"name": ["Ada", "Ed", "Eve", "Al"], "age": [36, 50, None, 7]}


def test_a_filter_keeps_the_rows_for_which_it_is_true_in_their_order():
    assert made(PEOPLE, filter("age > 8"))["name"].to_pylist() == ["Ada", "Ed"]


def test_columns_that_a_filter_does_not_name_may_have_types_that_sql_lacks():
    columns = {
        "x": [1, 2],
        "half": pa.array([1.5, None], pa.float16()),
        "words": pa.array(["a", "b"]).dictionary_encode(),
        "instant": pa.array([1, 2], pa.timestamp("ns", "Europe/Berlin")),
        "span": pa.array([1, 2], pa.duration("ns")),
    }
    table = made(columns, filter("x > 1"))
    assert table.schema == pa.table(columns).schema
    assert table.combine_chunks().equals(pa.table(columns).slice(1).combine_chunks())


def test_a_comment_and_quoted_names_may_stand_in_an_expression():
    table = made({"a b": [1, 2]}, filter('"a b" = 2 -- the second'))
    assert table["a b"].to_pylist() == [2]


def test_a_derived_column_stands_at_the_end_or_where_it_was():
    table = made(PEOPLE, derive("twice", "age * 2"), derive("name", "upper(name)"))
    assert table.column_names == ["name", "age", "twice"]
    assert table["name"].to_pylist() == ["ADA", "ED", "EVE", "AL"]
    assert table["twice"].to_pylist() == [72, 100, None, 14]


def test_a_derived_column_of_a_type_counts_what_does_not_fit():
    rows = transformed(
        rows_of({"x": ["1", "a", "300"]}, errors={"x": 2}),
        completed([derive("y", "x", type="uint8")]),
    )
    assert rows.table()["y"].to_pylist() == [1, None, None]
    assert rows.errors == {"x": 2, "y": 2}


def test_a_replaced_column_leaves_its_old_errors_behind():
    rows = rows_of({"x": [1, None]}, errors={"x": 1})
    assert errors_of(transformed(rows, completed([derive("x", "coalesce(x, 0)")]))) == {}


def test_an_expression_may_name_no_column_at_all():
    assert made(PEOPLE, derive("one", "1"), filter("true"))["one"].to_pylist() == [1, 1, 1, 1]


def test_columns_that_differ_by_capitals_are_told_apart_where_one_is_named():
    columns = {"a": [1, 2], "A": [2, 1]}
    assert made(columns, filter("A = 1"))["a"].to_pylist() == [2]
    with pytest.raises(SourceError, match="columns 'A' and 'a' differ by capitals only"):
        made(columns, filter("A = a"))
    with pytest.raises(SourceError, match=r"differ by capitals only, .*\nHint: rename one"):
        made(columns, sql("SELECT a FROM data"))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (filter("agee > 1"), "no column 'agee' in 'agee > 1'; near names: 'age'"),
        (filter("age"), "'age' is int64, not true or false"),
        (filter("age >"), "is no SQL that reads: syntax error"),
        (filter("age > avg(age)"), "WHERE clause cannot contain aggregates"),
        (filter("row_number() OVER () > 1"), "holds a window function, but .*\nHint: use a sql"),
        (filter("age > (SELECT 3)"), "holds a subquery"),
        (derive("x", "*"), "holds a star"),
        (derive("x", "1) FROM data UNION ALL SELECT (1"), "is not one SQL expression"),
        (derive("x", "1; DROP TABLE data"), "is no SQL that reads"),
        (derive("x", "INTERVAL 1 DAY"), "is an interval, .*\nHint: compute microseconds"),
        (derive("x", "nosuch(age)"), "nosuch"),
        (sql("SELECT nme FROM data"), "no column 'nme' in .*; near names: 'name'"),
        (sql("SELECT 1"), "does not read the table 'data'\nHint: the rows are the table"),
        (sql("DROP TABLE data"), "is no SQL that reads: it is not a SELECT"),
        (sql("SELECT 1 FROM data; SELECT 2 FROM data"), "holds several statements"),
    ],
)
def test_sql_that_cannot_be_used_is_refused_before_rows_are_read(step, message):
    with pytest.raises(SourceError, match=rf"step 1 \({step['step']}\): [\s\S]*{message}"):
        transformed(rows_of(PEOPLE), completed([step]))


def test_a_value_that_an_expression_cannot_take_is_a_clear_error():
    with pytest.raises(SourceError, match=r"Could not convert string 'Ada'.*\nHint: .*TRY_CAST"):
        made(PEOPLE, derive("x", "CAST(name AS INTEGER)"))


def test_a_query_replaces_the_rows():
    query = "SELECT age > 8 AS grown, count(*) AS people FROM data GROUP BY ALL ORDER BY ALL"
    assert made(PEOPLE, sql(query)).to_pylist() == [
        {"grown": False, "people": 1},
        {"grown": True, "people": 2},
        {"grown": None, "people": 1},
    ]


def test_a_query_without_order_keeps_that_of_the_rows():
    numbers = list(range(300_000, 0, -1))
    table = made({"x": numbers}, sql("SELECT x FROM data WHERE x % 3 = 0"), size=1000)
    assert table["x"].to_pylist() == [x for x in numbers if x % 3 == 0]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT l.x FROM data AS l JOIN data AS r ON l.x = r.x + 1 ORDER BY l.x",
        "WITH d AS (FROM data) SELECT l.x FROM d AS l JOIN d AS r ON l.x = r.x + 1 ORDER BY l.x",
        "SELECT x FROM data WHERE x > (SELECT min(x) FROM data) ORDER BY x",
    ],
)
def test_a_query_may_read_the_rows_twice(query):
    assert made({"x": list(range(10))}, sql(query), size=3)["x"].to_pylist() == list(range(1, 10))


def test_columns_that_a_query_names_alike_get_numbers():
    assert made(PEOPLE, sql("SELECT age, age FROM data")).column_names == ["age", "age.1"]


def test_errors_go_along_with_the_columns_that_a_query_keeps():
    rows = rows_of(PEOPLE, errors={"age": 1, "name": 2})
    assert errors_of(transformed(rows, completed([sql("SELECT age FROM data")]))) == {"age": 1}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM data, read_csv('{file}')",
        "SELECT * FROM data, '{file}'",
        "SELECT * FROM data, read_text('{file}')",
        "SELECT * FROM data, glob('{folder}/*')",
    ],
)
def test_a_query_reaches_no_file(query, tmp_path: Path):
    file = tmp_path / "secret.csv"
    file.write_text("a\n1\n")
    with pytest.raises(SourceError, match="cannot be computed"):
        made(PEOPLE, sql(query.format(file=file, folder=tmp_path)))


def test_a_query_sees_no_variable_of_the_program():
    outside = pa.table({"a": [1]})
    assert outside.num_rows
    with pytest.raises(SourceError, match="outside does not exist"):
        made(PEOPLE, sql("SELECT * FROM data, outside"))


def test_a_type_that_sql_lacks_is_named_by_a_query():
    with pytest.raises(SourceError, match="Unsupported Internal Arrow Type"):
        made({"x": pa.array([1.0], pa.float16())}, sql("SELECT * FROM data"))


@pytest.mark.parametrize(
    "step", [filter("x <> '0'"), derive("y", "x"), sql("SELECT * FROM data")], ids=str
)
def test_rows_that_start_again_are_transformed_again_by_sql(step):
    rows = restarting({"x": [1, 2]}, {"x": ["1", "2", "z"]})
    table = transformed(rows, completed([rename({"x": "x"}), step])).table()
    assert table["x"].to_pylist() == ["1", "2", "z"]


def test_an_error_of_the_source_comes_out_of_a_query_as_it_is():
    def failing():
        yield pa.record_batch({"x": [1]})
        raise SourceError("a.csv changed while it was being read", "wait")

    rows = transformed(
        engine.Rows(pa.schema([("x", pa.int64())]), failing()), completed([sql("FROM data")])
    )
    with pytest.raises(SourceError, match=r"^a\.csv changed while it was being read\nHint: wait$"):
        rows.table()


def test_a_query_larger_than_its_memory_is_computed_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "MEMORY", "64MB")
    size = 1_000_000
    texts = pa.array([f"{number * 7919 % size:0100d}" for number in range(size)])
    table = made({"x": texts}, sql("SELECT x FROM data ORDER BY x"), size=50_000)
    assert table["x"][0].as_py() == "0" * 100
    assert table.num_rows == size


def test_a_query_is_left_after_its_first_rows():
    rows = transformed(
        rows_of({"x": list(range(200_000))}, size=1000), completed([sql("FROM data")])
    )
    batches = iter(rows.batches)
    assert next(batches)["x"][0].as_py() == 0
    batches.close()


def test_an_empty_table_goes_through_sql():
    columns = {"a": pa.array([], pa.int64())}
    table = made(columns, filter("a > 1"), derive("b", "a / 2"), sql("SELECT b FROM data"))
    assert (table.num_rows, table.schema.types) == (0, [pa.float64()])


def test_without_duckdb_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    engine._parsed.cache_clear()
    with pytest.raises(SourceError, match=r'not installed\nHint: pip install "mlsnap\[duckdb\]"'):
        completed([filter("a > 1")])
    assert made(PEOPLE, select("age")).num_columns == 1


@settings(max_examples=6)
@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=20), st.integers(1, 7))
def test_the_digest_of_what_sql_makes_does_not_depend_on_how_rows_are_cut(values, size):
    columns = {"x": pa.array(values, pa.int64())}
    steps = [filter("x IS NULL OR x > 0"), derive("y", "x * 1.5"), sql("SELECT y, x FROM data")]
    assert digest_of(made(columns, *steps, size=size)) == digest_of(made(columns, *steps, size=99))
