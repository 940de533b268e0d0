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

    Raises
    ------
    SourceError
        If the query fails, at its start or on the way.
    """
    rows = arrow.encode(carried)
    return replace(rows, describe_carrier=lambda: {**(rows.carrier or {}), "carrier": "duckdb"})


def decode(table: pa.Table, carrier: dict[str, Any]) -> duckdb.DuckDBPyRelation:
    """A relation on DuckDB's default connection, over the rows as they were."""
    return duckdb.from_arrow(arrow.decode(table, carrier))
