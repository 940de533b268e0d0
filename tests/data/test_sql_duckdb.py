"""Queries to DuckDB files, through ADBC."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mlsnap.data.databases import define, open_query
from mlsnap.data.rows import BATCH_ROWS
from mlsnap.errors import SourceError

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("adbc_driver_manager")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with the table ``t``."""
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT i::SMALLINT AS i, 1.5::DECIMAL(9, 2) AS price, "
            "NULL::VARCHAR AS note, [i] AS list FROM range(3) AS r(i)"
        )
    return f"duckdb:///{tmp_path}/shop.duckdb"


def read(url: str, **options: Any) -> pa.Table:
    return open_query(define(url, options=options)).table()


def test_columns_have_the_types_of_the_database(url: str):
    table = read(url, table="t")

    assert table.schema.types[:3] == [pa.int16(), pa.decimal128(9, 2), pa.string()]
    assert table.to_pylist()[2] == {"i": 2, "price": Decimal("1.50"), "note": None, "list": [2]}


def test_the_way_of_reading_is_kept(url: str):
    assert define(url, options={"table": "t"}).options == {"table": "t", "driver": "adbc"}


def test_columns_of_one_name_are_numbered(url: str):
    assert read(url, query="SELECT i, i FROM t").column_names == ["i", "i.1"]


def test_batches_are_of_bounded_size(url: str):
    options = {"query": f"SELECT * FROM range({BATCH_ROWS * 3})"}

    sizes = [batch.num_rows for batch in open_query(define(url, options=options)).batches]

    assert max(sizes) <= BATCH_ROWS
    assert sum(sizes) == BATCH_ROWS * 3


@pytest.mark.parametrize("query", ["DELETE FROM t", "CREATE TABLE u (x INT)"])
def test_nothing_is_written(url: str, query: str):
    with pytest.raises(SourceError, match="read-only mode"):
        read(url, query=query)


def test_a_query_that_fails_on_the_way_is_refused(url: str):
    query = "SELECT CASE WHEN i > 290000 THEN error('late') END FROM range(300000) AS r(i)"
    rows = open_query(define(url, options={"query": query}))

    with pytest.raises(SourceError, match=r"shop\.duckdb cannot be read: .*late"):
        rows.table()


def test_rows_that_are_never_read_leave_no_connection_open(url: str):
    rows = open_query(define(url, options={"table": "t"}))
    del rows

    duckdb.connect(url.removeprefix("duckdb:///")).close()  # to write: there is no other one
