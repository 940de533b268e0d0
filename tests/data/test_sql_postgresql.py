"""Queries to a real PostgreSQL server, through ADBC and through SQLAlchemy."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal

import pyarrow as pa
import pytest
from postgresql import MAY_NOT_SKIP, PASSWORD, USER, needs_postgresql

from mlsnap.data.databases import define, open_query
from mlsnap.data.digest import digest_of
from mlsnap.data.rows import BATCH_ROWS
from mlsnap.errors import SourceError

if not MAY_NOT_SKIP:
    for each in ("psycopg", "sqlalchemy", "adbc_driver_postgresql"):
        pytest.importorskip(each)

pytestmark = needs_postgresql


@pytest.fixture(scope="module")
def server(postgresql_port: int) -> str:
    """The URL of a server that wants a password; it names a variable for it."""
    return f"postgresql://{USER}:${{SHOP_PASSWORD}}@127.0.0.1:{postgresql_port}/postgres"


@pytest.fixture
def url(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's URL, with the variable set that it names."""
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    return server


@pytest.fixture(params=["adbc", "sqlalchemy"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(url: str, query: str, driver: str) -> pa.Table:
    return open_query(define(url, options={"query": query, "driver": driver})).table()


CELLS = """
SELECT 1::int2 AS i2, 2::int4 AS i4, 3::int8 AS i8, 0.1::float4 AS f4, 0.1::float8 AS f8,
    1.5::numeric(10, 2) AS money, true AS b, 'größe'::text AS t, 'ab'::char(3) AS c,
    date '2020-02-29' AS d, time '10:00:00.5' AS clock, timestamp '2020-02-29 10:00' AS ts,
    timestamptz '2020-02-29 10:00+02' AS tz, '\\x00ff'::bytea AS raw, NULL::int4 AS none
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL::numeric(10, 2), NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL
"""


def test_columns_have_the_types_of_the_database(url: str, driver: str):
    table = read(url, CELLS, driver)

    assert dict(zip(table.column_names, table.schema.types, strict=True)) == {
        "i2": pa.int16(),
        "i4": pa.int32(),
        "i8": pa.int64(),
        "f4": pa.float32(),
        "f8": pa.float64(),
        "money": pa.decimal128(10, 2),
        "b": pa.bool_(),
        "t": pa.string(),
        "c": pa.string(),
        "d": pa.date32(),
        "clock": pa.time64("us"),
        "ts": pa.timestamp("us"),
        "tz": pa.timestamp("us", "UTC"),
        "raw": pa.binary(),
        "none": pa.int32(),
    }
    first, second = table.to_pylist()
    assert set(second.values()) == {None}
    assert first["money"] == Decimal("1.50")
    assert first["tz"] == datetime(2020, 2, 29, 8, tzinfo=UTC)
    assert (first["d"], first["clock"]) == (date(2020, 2, 29), clock(10, 0, 0, 500000))
    assert (first["t"], first["c"], first["raw"]) == ("größe", "ab ", b"\x00\xff")


def test_both_ways_give_the_same_digest(url: str):
    ways = [read(url, CELLS, driver) for driver in ("adbc", "sqlalchemy")]

    assert digest_of(ways[0]) == digest_of(ways[1])


def test_decimals_of_no_declared_precision_have_the_smallest_that_holds_all(url: str, driver: str):
    query = "SELECT x::numeric FROM unnest(array[1.25, NULL, -100, 0.5]) AS x"

    table = read(url, query, driver)

    assert table.schema.types == [pa.decimal128(5, 2)]
    assert table.column(0).to_pylist() == [Decimal("1.25"), None, Decimal("-100"), Decimal("0.5")]


def test_decimals_that_are_no_numbers_are_kept(url: str, driver: str):
    table = read(url, "SELECT x::numeric AS x FROM unnest(array['1.5', 'NaN']) AS x", driver)

    assert table.column("x").to_pylist() == ['{"decimal": "1.5"}', '{"decimal": "NaN"}']


@pytest.mark.parametrize(
    "value",
    [
        "gen_random_uuid()",
        "'{\"a\": 1}'::json",
        "'{\"a\": 1}'::jsonb",
        "interval '1 day'",
        "array[1, 2]",
        "inet '127.0.0.1'",
        "int4range(1, 2)",
        "money '1.5'",
        "1::oid",
    ],
)
def test_values_of_other_types_have_a_digest(url: str, driver: str, value: str):
    table = read(url, f"SELECT {value} AS x", driver)

    assert table.num_rows == 1
    assert len(digest_of(table)) == 64


def test_the_time_zone_of_a_session_does_not_count(url: str):
    elsewhere = f"{url}?options=-c%20timezone%3DAsia/Tokyo"
    query = "SELECT timestamptz '2020-01-01 00:00+00' AS t"

    here, there = (read(each, query, "sqlalchemy") for each in (url, elsewhere))

    assert here.equals(there)


def test_rows_come_in_batches(url: str, driver: str):
    query = f"SELECT i FROM generate_series(1, {BATCH_ROWS + 1}) AS i ORDER BY i"
    rows = open_query(define(url, options={"query": query, "driver": driver}))

    sizes = [batch.num_rows for batch in rows.batches]

    assert sum(sizes) == BATCH_ROWS + 1
    assert max(sizes) <= BATCH_ROWS


def test_a_table_of_a_schema_is_read(url: str, driver: str):
    options = {"table": "information_schema.sql_features", "driver": driver}

    assert open_query(define(url, options=options)).table().num_rows > 100


def test_what_is_no_select_is_read(url: str, driver: str):
    assert read(url, "SHOW transaction_read_only", driver).to_pylist() == [
        {"transaction_read_only": "on"}
    ]


@pytest.mark.parametrize("query", ["CREATE TABLE t (x int)", "SELECT 1 AS x INTO t"])
def test_nothing_is_written(url: str, driver: str, query: str):
    with pytest.raises(SourceError, match=r"read-only transaction|SELECT INTO|INTO"):
        read(url, query, driver)
    with pytest.raises(SourceError, match='relation "t" does not exist'):
        read(url, "SELECT * FROM t", driver)


def test_what_a_read_only_transaction_lets_through_is_rolled_back(url: str, driver: str):
    with contextlib.suppress(SourceError):  # refused since PostgreSQL 16
        read(url, "SELECT lo_create(0)", driver)

    assert read(url, "SELECT * FROM pg_largeobject_metadata", driver).num_rows == 0


def test_a_query_that_fails_on_the_way_is_refused(url: str, driver: str):
    query = "SELECT 1 / (150000 - i) FROM generate_series(1, 200000) AS i"

    with pytest.raises(SourceError, match="division by zero"):
        read(url, query, driver)


def test_a_password_is_not_shown_when_it_is_wrong(
    url: str, driver: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2/%")

    with pytest.raises(SourceError, match="password authentication failed") as error:
        read(url, "SELECT 1", driver)
    assert "hunter2" not in str(error.value)
    assert "${SHOP_PASSWORD}" in str(error.value)


def test_adbc_is_the_way_where_none_is_named(url: str):
    assert define(url, options={"query": "SELECT 1"}).options["driver"] == "adbc"


def test_rows_that_are_never_read_leave_no_connection_open(url: str):
    rows = open_query(define(url, options={"query": "SELECT 1", "driver": "adbc"}))
    del rows

    backends = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
    assert read(url, backends, "sqlalchemy").to_pylist() == [{"n": 1}]
