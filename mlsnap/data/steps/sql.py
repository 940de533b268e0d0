"""A query over the whole table."""

from __future__ import annotations

from typing import Any

from mlsnap.data.engine import parse_query, query_schema, run_query
from mlsnap.data.flow import flowing
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import TEXT

ARGUMENTS = {"query": TEXT}


def step(query: str) -> dict[str, Any]:
    """Replace the rows by those of a SQL SELECT, in which the table is called ``data``.

    Types are those that DuckDB gives the result. Rows keep their order where the query does not
    say another one.

    >>> step("SELECT town, count(*) AS people FROM data GROUP BY town ORDER BY town")["step"]
    'sql'
    """
    return {"step": "sql", "query": query}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are; `SourceError` if the query is no SELECT."""
    parse_query(arguments["query"])
    return arguments


def apply(rows: Rows, *, query: str) -> Rows:
    """The rows of the query's result."""
    schema = query_schema(query, rows.schema)
    return flowing(rows, schema, run_query(query, rows, schema))
