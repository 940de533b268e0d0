"""Queries through ADBC: Arrow batches as the database's own driver makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from mlsnap.data.databases import urls
from mlsnap.data.databases.columns import Column
from mlsnap.data.databases.question import READ_ONLY, Question
from mlsnap.data.databases.spooled_rows import SpooledRows
from mlsnap.data.rows import BATCH_ROWS, Rows, unique_names
from mlsnap.errors import SourceError

DRIVERS = ("postgresql", "duckdb", "sqlite")
"""Schemes of the databases that are read here, each by the package ``adbc_driver_<scheme>``."""


def read(url: str, question: Question) -> Rows:
    """The rows of ``question`` as they come, in the types of the driver.

    Decimals of PostgreSQL, which come as texts, are decimals again: with the precision that the
    column declares, else (then all rows are fetched, to disk, before this returns) with the
    smallest that holds all values.
    """
    stream = _stream(url, question)
    schema = next(stream)
    assert isinstance(schema, pa.Schema)
    decimals = [_decimal(field) for field in schema]
    if any(type_ is _OPEN for type_ in decimals):
        return _spooled(schema, decimals, stream)
    columns = zip(unique_names(schema.names), schema, decimals, strict=True)
    named = pa.schema([pa.field(name, type_ or field.type) for name, field, type_ in columns])
    return Rows(named, (_cast(batch, named, decimals) for batch in stream))


def _stream(url: str, question: Question) -> Iterator[Any]:
    """The schema, then the batches. Once started it closes what it opened, whatever happens."""
    scheme = urls.scheme_of(url)
    with _connected(url, scheme) as connection, closing(connection.cursor()) as cursor:
        if scheme in READ_ONLY:
            cursor.execute(READ_ONLY[scheme])
        cursor.adbc_statement.set_options(**_options(scheme, question))
        cursor.execute(question.sql(lambda name: '"{}"'.format(name.replace('"', '""'))))
        reader = cursor.fetch_record_batch()
        yield reader.schema
        for batch in reader:
            yield from (
                batch.slice(start, BATCH_ROWS) for start in range(0, batch.num_rows, BATCH_ROWS)
            )


def _options(scheme: str, question: Question) -> dict[str, str]:
    if scheme == "sqlite":
        return {"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)}
    copies = scheme != "postgresql" or question.selects
    return {} if copies else {"adbc.postgresql.use_copy": "false"}


@contextmanager
def _connected(url: str, scheme: str) -> Iterator[Any]:
    """A connection whose transaction is rolled back; errors are ours, with no secret in them."""
    dbapi, driver = _driver(url, scheme)
    try:
        with closing(_connect(dbapi, driver, url)) as connection:
            yield connection
    except (dbapi.Error, pa.ArrowException, OSError) as error:
        said = str(error).strip()
        clean = urls.without_secrets(said, url)
        other = "; or read it with the option driver=sqlalchemy" if scheme == "sqlite" else ""
        raise SourceError(
            f"{url} cannot be read: {clean.splitlines()[0]}",
            f"check the query, and that the database answers to this user{other}",
        ) from (error if clean == said else None)


def _driver(url: str, scheme: str) -> tuple[Any, Any]:
    if scheme not in DRIVERS:
        raise SourceError(
            f"{url} cannot be read with ADBC here",
            f"name the driver sqlalchemy; ADBC reads {', '.join(DRIVERS)}",
        )
    try:
        module = f"adbc_driver_{scheme}" + ("" if scheme == "duckdb" else ".dbapi")
        return import_module("adbc_driver_manager.dbapi"), import_module(module)
    except ModuleNotFoundError as error:
        raise SourceError(
            f"{url} is to be read with ADBC, and {error.name} is not installed",
            f'pip install "mlsnap[{"adbc,duckdb" if scheme == "duckdb" else "adbc"}]"',
        ) from error


def _connect(dbapi: Any, driver: Any, url: str) -> Any:
    scheme = urls.scheme_of(url)
    if scheme == "postgresql":
        return driver.connect(urls.expanded(url))
    if scheme == "sqlite":
        return driver.connect(f"file:{quote(str(urls.file_of(url)))}?mode=ro")
    options = {"path": str(urls.file_of(url)), "access_mode": "READ_ONLY"}
    return dbapi.connect(driver.driver_path(), entrypoint="duckdb_adbc_init", db_kwargs=options)


_OPEN = pa.string()
"""Stands for decimals whose precision is not declared."""


def _decimal(field: pa.Field) -> pa.DataType | None:
    """The type of a column of decimals that come as texts; ``None`` for any other column."""
    metadata = field.metadata or {}
    if metadata.get(b"ADBC:postgresql:typname") != b"numeric":
        return None
    packed = int(metadata.get(b"POSTGRESQL:typmod", b"-1")) - 4
    precision, scale = packed >> 16, packed & 0x7FF
    return pa.decimal128(precision, scale) if packed >= 0 and precision <= 38 else _OPEN


def _cast(
    batch: pa.RecordBatch, schema: pa.Schema, decimals: list[pa.DataType | None]
) -> pa.RecordBatch:
    columns = [
        _texts(column).cast(type_) if type_ else column
        for column, type_ in zip(batch.columns, decimals, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _spooled(
    schema: pa.Schema, decimals: list[pa.DataType | None], stream: Iterator[pa.RecordBatch]
) -> Rows:
    known = [
        None if type_ is _OPEN else type_ or field.type
        for type_, field in zip(decimals, schema, strict=True)
    ]
    names = unique_names(schema.names)
    spooled = SpooledRows([Column(name, type_) for name, type_ in zip(names, known, strict=True)])
    for batch in stream:
        spooled.add(
            _values(column, type_) for column, type_ in zip(batch.columns, decimals, strict=True)
        )
    return spooled.rows()


def _values(column: pa.Array, type_: pa.DataType | None) -> Any:
    if type_ is None:
        return column
    texts = _texts(column)
    if type_ is not _OPEN:
        return texts.cast(type_)
    return [text and Decimal(text) for text in texts.to_pylist()]


def _texts(column: pa.Array) -> pa.Array:
    return column.storage if isinstance(column, pa.ExtensionArray) else column
