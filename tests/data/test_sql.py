"""Definitions of queries: what they store, and what is refused."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from mlsnap.data import databases
from mlsnap.data.databases import urls
from mlsnap.data.databases.question import Question
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError

SHOP = "postgresql://reader@db/shop"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the database ``shop.db`` in it."""
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (price REAL)")
    connection.close()
    return tmp_path


@pytest.mark.parametrize(
    "source",
    [SHOP, "postgres://db/shop", "mysql+pymysql://db/shop", "sqlite:///shop.db", "duckdb:///x"],
)
def test_the_scheme_of_a_database_says_that_it_is_one(source: str):
    assert databases.is_database(source, format=None, options=None)


def test_a_query_says_so_for_any_scheme():
    assert databases.is_database("exa://db", format=None, options={"query": "select 1"})
    assert databases.is_database("exa://db", format="sql", options=None)
    assert not databases.is_database("s3://bucket/x.csv", format=None, options={"delimiter": ";"})
    assert not databases.is_database("table.csv", format=None, options={"table": "x"})


def test_the_path_of_a_database_file_is_made_absolute(shop: Path):
    definition = define("sqlite:///shop.db", options={"table": "orders"})

    assert definition.source == f"sqlite:///{shop}/shop.db"
    assert definition.format == "sql"
    assert definition.options == {"table": "orders", "driver": "sqlalchemy"}


def test_an_absolute_path_with_odd_letters_is_read(tmp_path: Path):
    file = tmp_path / "a b%3F#?ö.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 7 AS price")
    connection.close()
    url = "sqlite:///" + str(file).replace("%", "%25").replace("#", "%23").replace("?", "%3F")

    rows = open_source(define(url, options={"table": "orders"}))

    assert rows.table().to_pydict() == {"price": [7]}


def test_a_missing_database_file_is_refused_with_near_names(shop: Path):
    with pytest.raises(SourceError, match=r"no database file 'shops\.db'; near names: 'shop\.db'"):
        define("sqlite:///shops.db", options={"table": "orders"})


def test_a_database_in_memory_is_refused():
    with pytest.raises(SourceError, match="'sqlite://' names no file"):
        define("sqlite://", options={"table": "orders"})


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ({}, "no query and no table"),
        ({"query": ""}, "no query and no table"),
        ({"query": 1}, "no query and no table"),
        ({"query": "select 1", "table": "x"}, "both query and table are given"),
    ],
)
def test_there_is_one_query_or_one_table(options: dict[str, object], fact: str):
    with pytest.raises(SourceError, match=fact) as error:
        define(SHOP, options=options)
    assert "select … order by …" in error.value.hint


def test_other_options_are_refused_with_near_names():
    with pytest.raises(SourceError, match="no option 'qeury' for databases; near names: 'query'"):
        define(SHOP, options={"qeury": "select 1"})
    with pytest.raises(SourceError, match="no driver 'abdc'; near names: 'adbc'"):
        define(SHOP, options={"query": "select 1", "driver": "abdc"})


def test_what_is_no_url_is_refused():
    with pytest.raises(SourceError, match="the source of a query is no connection URL"):
        define("shop.db", format="sql", options={"query": "select 1"})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:hunter2@db/shop",
        "postgresql://reader:hunter2%40@db:5432/shop",
        "postgresql://reader:hunter2${X}@db/shop",
        "postgresql://reader:hunter2/1@db/shop",
        "postgresql://reader:hunter2?1@db/shop",
        "postgresql://db/shop?user=reader&password=hunter2",
        "snowflake://db/shop?token=hunter2",
    ],
)
def test_a_password_in_a_url_is_refused_without_being_shown(url: str):
    with pytest.raises(SourceError, match="URL has a password in it") as error:
        define(url, options={"query": "select 1"})
    assert "hunter2" not in str(error.value)
    assert ":${DB_PASSWORD}@…" in error.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:${SHOP_PASSWORD}@db:5432/shop",
        "postgresql://db/shop?user=a@b&password=${SHOP_PASSWORD}",
        "postgresql://reader@db:5432/shop?options=-c%20search_path=x",
        "mssql+pyodbc://db/shop?driver=ODBC+Driver+18",
    ],
)
def test_a_url_without_password_is_stored_as_it_is(url: str):
    assert define(url, options={"query": "select 1", "driver": "sqlalchemy"}).source == url


def test_variables_are_put_into_a_url_when_it_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOP_PASSWORD", "p@ss/w:rd%")

    url = urls.expanded("postgresql://reader:${SHOP_PASSWORD}@db/shop")

    assert url == "postgresql://reader:p%40ss%2Fw%3Ard%25@db/shop"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    definition = define(
        "postgresql://reader:${SHOP_PASSWORD}@db/shop",
        options={"query": "select 1", "driver": "sqlalchemy"},
    )

    with pytest.raises(SourceError, match="variable SHOP_PASSWORD, which is not set"):
        open_source(definition)


def test_values_of_variables_are_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOP_PASSWORD", "p@ss")

    said = urls.without_secrets("u:p@ss@db or u:p%40ss@db", "x://u:${SHOP_PASSWORD}@db")

    assert said == "u:${SHOP_PASSWORD}@db or u:${SHOP_PASSWORD}@db"


def test_an_unknown_database_is_refused_when_it_is_read():
    definition = define("exa://db", options={"query": "select 1"})

    with pytest.raises(SourceError, match="exa://db cannot be read: Can't load plugin"):
        open_source(definition)


def test_a_database_that_adbc_does_not_read_is_refused():
    definition = define("mysql://db/shop", options={"query": "select 1", "driver": "adbc"})

    with pytest.raises(SourceError, match="mysql://db/shop cannot be read with ADBC") as error:
        open_source(definition)
    assert error.value.hint == ("name the driver sqlalchemy; ADBC reads postgresql, duckdb, sqlite")


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("sqlalchemy")
    monkeypatch.setitem(sys.modules, "MySQLdb", None)  # so that importing it fails
    definition = define("mysql+mysqldb://db/shop", options={"query": "select 1"})

    with pytest.raises(SourceError, match="needs the driver 'MySQLdb', which is not installed"):
        open_source(definition)


def test_a_way_of_reading_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_manager.dbapi", None)
    definition = define(SHOP, options={"query": "select 1", "driver": "adbc"})

    with pytest.raises(SourceError, match=r"manager\.dbapi is not installed") as error:
        open_source(definition)
    assert error.value.hint == 'pip install "mlsnap[adbc]"'


@pytest.mark.parametrize(
    ("query", "selects"),
    [
        ("select 1", True),
        ("  -- all\n/* of\nit */ (SELECT 1)", True),
        ("with x as (select 1) select * from x", True),
        ("show server_version", False),
        ("pragma table_info(x)", False),
        ("", False),
    ],
)
def test_what_selects_is_known_by_its_first_word(query: str, selects: bool):
    assert Question(query or "()").selects == selects


def test_names_of_tables_are_quoted_part_by_part():
    assert Question(table="a.b c").sql(lambda name: f"[{name}]") == "SELECT * FROM [a].[b c]"
