"""Queries to SQLite, in which any value may be in any column."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.data import mixed
from mlsnap.data.databases import define, open_query
from mlsnap.data.databases.columns import Column
from mlsnap.data.databases.spooled_rows import SpooledRows
from mlsnap.data.digest import digest_of
from mlsnap.data.rows import BATCH_ROWS
from mlsnap.errors import SourceError

pytest.importorskip("sqlalchemy")


@pytest.fixture
def database(tmp_path: Path) -> Callable[..., str]:
    """Makes a database of a script (or of values for a column); returns its URL."""

    def database(script: str, values: list[Any] | None = None) -> str:
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.executescript(script)
            if values is not None:
                connection.executemany("INSERT INTO t VALUES (?)", [(each,) for each in values])
        connection.close()
        return f"sqlite:///{tmp_path}/shop.db"

    return database


def read(url: str, query: str = "SELECT * FROM t", **options: Any) -> pa.Table:
    return open_query(define(url, options={"query": query, **options})).table()


DECLARED = """
CREATE TABLE t (
    i INTEGER, b BOOLEAN, d DATE, ts TIMESTAMP, r REAL, n NUMERIC(9, 2), x, bl BLOB, c VARCHAR(9)
);
INSERT INTO t VALUES (1, 1, '2020-02-29', '2020-02-29 10:00:00.5', 1, 1.5, 7, x'00ff', 'größe');
INSERT INTO t VALUES (NULL, 0, NULL, '2021-01-01T00:00:00', 2.5, 2, NULL, NULL, '');
"""


def test_columns_have_the_types_that_are_declared(database: Any):
    table = read(database(DECLARED))

    assert table.schema == pa.schema(
        [
            ("i", pa.int64()),
            ("b", pa.bool_()),
            ("d", pa.date32()),
            ("ts", pa.timestamp("us")),
            ("r", pa.float64()),
            ("n", pa.float64()),
            ("x", pa.int64()),
            ("bl", pa.binary()),
            ("c", pa.string()),
        ]
    )
    assert table.to_pylist()[0] == {
        "i": 1,
        "b": True,
        "d": date(2020, 2, 29),
        "ts": datetime(2020, 2, 29, 10, 0, 0, 500000),
        "r": 1.0,
        "n": 1.5,
        "x": 7,
        "bl": b"\x00\xff",
        "c": "größe",
    }


def test_a_query_keeps_the_declared_types_of_its_columns(database: Any):
    table = read(database(DECLARED), "WITH q AS (SELECT * FROM t) SELECT d AS day, b, i+1 FROM q;")

    assert table.schema.types == [pa.date32(), pa.bool_(), pa.int64()]
    assert table.column_names == ["day", "b", "i+1"]


def test_a_result_without_rows_has_its_columns_and_types(database: Any):
    table = read(database(DECLARED), "SELECT i, d, x FROM t WHERE 0")

    assert table.schema == pa.schema([("i", pa.int64()), ("d", pa.date32()), ("x", pa.null())])
    assert table.num_rows == 0


def test_a_table_is_read_whole(database: Any):
    url = database('CREATE TABLE "a ""b" (x); INSERT INTO "a ""b" VALUES (1)')

    rows = open_query(define(url, options={"table": 'a "b'}))

    assert rows.row_count == 1
    assert rows.table().to_pydict() == {"x": [1]}


@pytest.mark.parametrize(
    ("declared", "values", "type_"),
    [
        ("BOOLEAN", [0, 2], pa.int64()),
        ("BOOLEAN", ["yes"], pa.string()),
        ("DATE", ["2020-01-01", "soon"], pa.string()),
        ("TIMESTAMP", [1577836800], pa.int64()),
        ("INTEGER", [1, 2.5], pa.float64()),
        ("", [1, 2.5, None], pa.float64()),
        ("", [None, None], pa.null()),
    ],
)
def test_values_that_do_not_fit_the_declared_type_give_the_column_theirs(
    database: Any, declared: str, values: list[Any], type_: pa.DataType
):
    table = read(database(f"CREATE TABLE t (x {declared})", values))

    assert table.schema.field("x").type == type_
    assert table.column("x").to_pylist() == values


@pytest.mark.parametrize("values", [[1, "a"], [b"a", "a"], [2**53 + 1, 0.5], [1, 1.5, "x", None]])
def test_values_of_several_types_are_kept_as_what_they_are(database: Any, values: list[Any]):
    table = read(database("CREATE TABLE t (x)", values))

    assert mixed.is_mixed(table.schema.field("x"))
    found = [text and mixed.from_text(text) for text in table.column("x").to_pylist()]
    assert list(map(repr, found)) == list(map(repr, values))


@pytest.mark.parametrize(
    ("late", "type_"), [(1.5, pa.float64()), ("a", pa.large_string()), (b"a", pa.large_string())]
)
def test_a_late_value_counts_for_the_type_of_the_whole_column(
    database: Any, late: Any, type_: pa.DataType
):
    table = read(database("CREATE TABLE t (x)", [1] * (BATCH_ROWS + 1) + [late]))

    assert table.schema.field("x").type == type_
    assert table.num_rows == BATCH_ROWS + 2


def test_a_first_batch_of_nulls_says_nothing_about_the_type(database: Any):
    table = read(database("CREATE TABLE t (x)", [None] * BATCH_ROWS + ["a"]))

    assert table.schema.field("x").type == pa.string()
    assert table.column("x").to_pylist()[-2:] == [None, "a"]


def test_batches_are_of_bounded_size(database: Any):
    url = database("CREATE TABLE t (x)", list(range(BATCH_ROWS + 1)))

    rows = open_query(define(url, options={"table": "t"}))

    assert [batch.num_rows for batch in rows.batches] == [BATCH_ROWS, 1]


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.sampled_from([0, 1, "2020-01-01", "2020-01-01 10:00", 0.5]),
)


@settings(max_examples=50)
@given(
    st.lists(st.one_of(st.lists(CELLS), st.lists(st.integers(0, 9) | st.floats(0, 1)))).map(
        lambda parts: [part for part in parts if part]
    ),
    st.sampled_from([None, pa.bool_(), pa.date32(), pa.timestamp("us"), pa.int64(), pa.float64()]),
)
def test_the_type_of_a_column_does_not_depend_on_where_its_parts_are_cut(
    parts: list[list[Any]], declared: pa.DataType | None
):
    whole = [value for part in parts for value in part]

    cut, uncut = (spooled(each, declared) for each in (parts, [whole] if whole else []))

    assert cut.schema.equals(uncut.schema, check_metadata=True)
    assert digest_of(cut) == digest_of(uncut)


def spooled(parts: list[list[Any]], declared: pa.DataType | None) -> pa.Table:
    rows = SpooledRows([Column("x", declared)])
    for part in parts:
        rows.add([part])
    return rows.rows().table()


def test_columns_of_one_name_are_numbered(database: Any):
    table = read(database(DECLARED), "SELECT i, i, b AS i FROM t")

    assert table.column_names == ["i", "i.1", "i.2"]


def test_percent_signs_and_colons_are_no_parameters(database: Any):
    found = read(database(DECLARED), "SELECT ':x %s %(y)s ?' AS p FROM t WHERE c LIKE '%ö%'")

    assert found.to_pydict() == {"p": [":x %s %(y)s ?"]}


@pytest.mark.parametrize("driver", ["sqlalchemy", "adbc"])
@pytest.mark.parametrize(
    "query", ["DELETE FROM t", "INSERT INTO t (i) VALUES (9)", "DROP TABLE t", "CREATE TABLE u (x)"]
)
def test_nothing_is_written(database: Any, query: str, driver: str):
    if driver == "adbc":
        pytest.importorskip("adbc_driver_sqlite")
    url = database(DECLARED)

    with pytest.raises(SourceError, match="attempt to write a readonly database"):
        read(url, query, driver=driver)
    assert read(url, "SELECT * FROM t").num_rows == 2


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM orders", "no such table: orders"),
        ("SELEC 1", 'near "SELEC": syntax error'),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("BEGIN", "the query returns no rows"),
        ("SELECT CAST(x'ff' AS TEXT)", "Could not decode to UTF-8"),
    ],
)
def test_what_the_database_refuses_is_said(database: Any, query: str, message: str):
    with pytest.raises(SourceError, match=message):
        read(database(DECLARED), query)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "x.db").write_text("not a database, though long enough to look like one" * 9)

    with pytest.raises(SourceError, match=r"x\.db cannot be read: file is not a database"):
        read(f"sqlite:///{tmp_path}/x.db")


def test_nothing_is_left_in_the_folder_of_temporary_files(
    database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = database("CREATE TABLE t (x)", list(range(10)))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))

    rows = open_query(define(url, options={"table": "t"}))

    assert not list(scratch.iterdir())
    assert rows.table().num_rows == 10


PEAK = """
import re, sys
from pathlib import Path
from mlsnap.data.databases import define, open_query
url, rows = sys.argv[1], sys.argv[2]
query = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT {rows}) SELECT i, "
query += "printf('%0400d', i) AS t FROM n"
count = sum(each.num_rows for each in open_query(define(url, options={"query": query})).batches)
assert count == int(rows)
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(int(peak[1]) // 1024)  # not what getrusage says, which begins with the parent's peak
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a peak is seen in /proc")
def test_memory_does_not_grow_with_the_rows(database: Any):
    url = database("CREATE TABLE t (x)")

    few, many = (
        int(subprocess.check_output([sys.executable, "-c", PEAK, url, rows]))
        for rows in ("70000", "400000")
    )

    assert many - few < 80  # MB, where the rows have 135 MB more


# ADBC's driver of SQLite, where it is asked for ---------------------------------------------------


def test_adbc_reads_values_as_its_driver_types_them(database: Any):
    pytest.importorskip("adbc_driver_sqlite")

    table = read(database(DECLARED), "SELECT i, d, r, bl, c FROM t", driver="adbc")

    assert table.schema.types == [
        pa.int64(),
        pa.string(),
        pa.float64(),
        pa.binary(),
        pa.string(),
    ]
    assert table.column("c").to_pylist() == ["größe", ""]


def test_adbc_refuses_a_late_value_of_another_type(database: Any):
    pytest.importorskip("adbc_driver_sqlite")
    url = database("CREATE TABLE t (x)", [1] * BATCH_ROWS + ["a"])

    with pytest.raises(SourceError, match="expected INT64 but got STRING") as error:
        read(url, driver="adbc")
    assert error.value.hint.endswith("read it with the option driver=sqlalchemy")
    assert read(url).num_rows == BATCH_ROWS + 1
