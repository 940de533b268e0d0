"""Queries through SQLAlchemy, with the DB-API driver that it finds for the URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from mlsnap.data.databases import declared, urls
from mlsnap.data.databases.columns import Column
from mlsnap.data.databases.question import READ_ONLY, Question
from mlsnap.data.databases.spooled_rows import SpooledRows
from mlsnap.data.rows import BATCH_ROWS, Rows, unique_names
from mlsnap.errors import SourceError


def read(url: str, question: Question) -> Rows:
    """The rows of ``question``, all of which are fetched (to disk) before this returns.

    A column has the type that the database declares for it (PostgreSQL, SQLite) if all values fit
    it, else the one type that they have; floats if it holds integers and floats. SQLite keeps no
    dates and booleans: a column declared ``DATE``, ``DATETIME`` or ``BOOLEAN`` is one if all its
    values are ISO 8601 texts, or 0 and 1.
    """
    with _translated(url), closing(_Database(url)) as database:
        return database.rows(question)


class _Database:
    """A connection with one transaction, which is rolled back."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._dialect = self._engine.dialect
        self._connection = self._engine.connect()

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def rows(self, question: Question) -> Rows:
        sql = question.sql(self._dialect.identifier_preparer.quote_identifier)
        types = self._types_in_sqlite(sql) if self._dialect.name == "sqlite" else []
        if self._dialect.name in READ_ONLY:
            self._connection.exec_driver_sql(READ_ONLY[self._dialect.name])
        options = {"stream_results": question.selects, "max_row_buffer": BATCH_ROWS}
        result = self._connection.exec_driver_sql(
            sql, execution_options={"no_parameters": True, **options}
        )
        with closing(result):
            if not result.returns_rows:
                raise SourceError("the query returns no rows", "write one that selects something")
            spooled = SpooledRows(self._columns(result.cursor.description, types))
            for part in result.partitions(BATCH_ROWS):
                spooled.add(zip(*part, strict=True))
        return spooled.rows()

    def _columns(self, described: Any, types: list[pa.DataType | None]) -> list[Column]:
        if self._dialect.name == "postgresql":
            types = [declared.in_postgresql(each[1], each[4], each[5]) for each in described]
        names = unique_names(each[0] for each in described)
        return [
            Column(name, type_)
            for name, type_ in zip(names, types or [None] * len(names), strict=True)
        ]

    def _types_in_sqlite(self, sql: str) -> list[pa.DataType | None]:
        """What a view of the query declares, for a cursor of SQLite's does not say it."""
        run = self._connection.exec_driver_sql
        try:
            run(f"CREATE TEMP VIEW mlsnap_declared AS {sql}")
            described = run("PRAGMA temp.table_info(mlsnap_declared)").all()
            run("DROP VIEW temp.mlsnap_declared")
        except SQLAlchemyError:  # not a query, or not a good one: it will say so when it runs
            return []
        return [declared.in_sqlite(each[2]) for each in described]


def _engine(url: str) -> sqlalchemy.Engine:
    scheme, _, rest = urls.expanded(url).partition("://")
    scheme = urls.scheme_of(url)
    if scheme == "sqlite":
        address = f"file:{quote(str(urls.file_of(url)))}?mode=ro"
        return sqlalchemy.create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
        )
    if scheme == "postgresql" and not find_spec("psycopg2") and find_spec("psycopg"):
        scheme = "postgresql+psycopg"
    return sqlalchemy.create_engine(f"{scheme}://{rest}", poolclass=NullPool)


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """What SQLAlchemy and drivers raise, as ours, with no secret in it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise SourceError(
            f"{url} needs the driver {error.name!r}, which is not installed",
            _INSTALL.get(urls.scheme_of(url), "install it, or name another: scheme+driver://…"),
        ) from error
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip()
        clean = urls.without_secrets(said, url)
        raise SourceError(
            f"{url} cannot be read: {clean.splitlines()[0]}",
            "check the query, and that the database answers to this user",
        ) from (error if clean == said else None)


_INSTALL = {"postgresql": 'pip install "mlsnap[postgresql]"'}
