"""DuckDB relations: tables, views and queries that run when their rows are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa

from mlsnap.data.carriers import arrow
from mlsnap.data.rows import Rows


def encode(carried: duckdb.DuckDBPyRelation) -> Rows:
    """The rows of a relation, streamed: its query runs as they are read.

    Instants are in UTC: DuckDB stores no zone with them, and shows that of the session.

    Raises
    ------
    SourceError
        If the query fails, at its start or on the way.
    """
    rows = arrow.encode(carried)
    schema = pa.schema([field.with_type(_in_utc(field.type)) for field in rows.schema])
    return replace(
        rows,
        schema=schema,
        batches=(batch.cast(schema) for batch in rows.batches),
        describe_carrier=lambda: {**(rows.carrier or {}), "carrier": "duckdb"},
    )


def _in_utc(type_: pa.DataType) -> pa.DataType:
    zoned = pa.types.is_timestamp(type_) and type_.tz
    return pa.timestamp(type_.unit, "UTC") if zoned else type_


def decode(table: pa.Table, carrier: dict[str, Any]) -> duckdb.DuckDBPyRelation:
    """A relation on DuckDB's default connection, over the rows as they were."""
    return duckdb.from_arrow(arrow.decode(table, carrier))
