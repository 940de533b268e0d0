"""SQL over rows, computed by DuckDB in memory: it reaches no file and no network."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from mlsnap.data.rows import BATCH_ROWS, Rows, with_unique_names
from mlsnap.errors import SourceError, near

TABLE = "data"
"""What the rows are called in a query."""

MEMORY = "1GiB"
"""What a query may hold; what goes beyond lies in a temporary folder meanwhile."""

_SEVERAL_ROWS = {"WINDOW": "a window function", "SUBQUERY": "a subquery", "STAR": "a star"}


@dataclass(frozen=True)
class Expression:
    """A SQL expression over the columns of one row: which it names, and its Arrow type."""

    text: str
    columns: tuple[str, ...]
    type: pa.DataType

    @property
    def query(self) -> str:
        """The query that computes it for each row."""
        return f"SELECT ({self.text}\n) AS value FROM {TABLE}"


def parse_expression(text: str) -> list[dict[str, Any]]:
    """The nodes of an expression's syntax tree; `SourceError` if it is none of a single row."""
    node = _parsed(f"SELECT ({text}\n)", text)
    if node["type"] != "SELECT_NODE" or len(node["select_list"]) != 1:
        raise SourceError(f"{text!r} is not one SQL expression", "give a condition or a value")
    nodes = list(_nodes(node["select_list"]))
    for each in nodes:
        if each.get("class") in _SEVERAL_ROWS:
            raise SourceError(
                f"{text!r} holds {_SEVERAL_ROWS[each['class']]}, but is computed for single rows",
                "use a sql step, which sees the whole table",
            )
    return nodes


def parse_query(text: str) -> list[dict[str, Any]]:
    """The nodes of a query's syntax tree; `SourceError` if it is no SELECT from ``data``."""
    nodes = list(_nodes(_parsed(text, text)))
    if not _tables(nodes):
        raise SourceError(
            f"the query {text!r} does not read the table {TABLE!r}",
            f"the rows are the table {TABLE!r}: SELECT … FROM {TABLE}",
        )
    return nodes


def bound_expression(text: str, schema: pa.Schema) -> Expression:
    """An expression with the type that its values have; `SourceError` if it does not fit."""
    names = _names(parse_expression(text))
    columns = _resolved(names, schema)
    condition = f"({text}\n) IS NULL"  # where neither aggregates nor UNNEST may stand
    with _connected() as connection, _translated(text, names, schema):
        connection.register(TABLE, _argument(schema.empty_table(), columns))
        query = f"{Expression(text, columns, pa.null()).query} WHERE {condition}"
        type_ = connection.sql(query).to_arrow_table().schema.field(0).type
    if pa.types.is_interval(type_):
        raise SourceError(
            f"{text!r} is an interval, which no column can hold",
            "compute microseconds, epoch_us(…), and give it the type 'duration[us]'",
        )
    return Expression(text, columns, type_)


@contextmanager
def evaluating(expression: Expression) -> Iterator[Callable[[pa.RecordBatch], pa.Array]]:
    """A function that computes an expression for each row of a batch, in order."""
    with _connected() as connection:

        def evaluate(batch: pa.RecordBatch) -> pa.Array:
            table = pa.Table.from_batches([batch])
            with _translated(expression.text, [], batch.schema):
                connection.register(TABLE, _argument(table, expression.columns))
                values = connection.sql(expression.query).to_arrow_table().column(0)
                connection.unregister(TABLE)
            return pa.concat_arrays([pa.nulls(0, values.type), *values.chunks])

        yield evaluate


def query_schema(query: str, schema: pa.Schema) -> pa.Schema:
    """Names and types of a query's result; `SourceError` if the query does not fit ``schema``."""
    names = _names(parse_query(query))
    _check_case(schema.names)
    with _connected() as connection, _translated(query, names, schema):
        connection.register(TABLE, schema.empty_table())
        return with_unique_names(connection.sql(query).to_arrow_reader(BATCH_ROWS).schema)


def run_query(query: str, rows: Rows, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The result of a query over ``rows``, in its order, in ``schema``.

    The rows stream through, unless the query reads them more than once.
    """
    failures: list[BaseException] = []
    reader = pa.RecordBatchReader.from_batches(rows.schema, _noting(rows, failures))
    with _connected() as connection, _translated(query, [], rows.schema, failures):
        if _reads_once(parse_query(query)):
            connection.register(TABLE, reader)
        else:
            connection.register("source_rows", reader)
            connection.execute(f"CREATE TEMP TABLE {TABLE} AS SELECT * FROM source_rows")
        for batch in connection.sql(query).to_arrow_reader(BATCH_ROWS):
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _noting(rows: Rows, failures: list[BaseException]) -> Iterator[pa.RecordBatch]:
    """The batches; what reading them raises is kept, as DuckDB would make another error of it."""
    try:
        yield from rows.batches
    except GeneratorExit:
        raise
    except BaseException as error:
        failures.append(error)
        raise


@contextmanager
def _connected() -> Iterator[Any]:
    """A database of its own in memory: one thread, so that rows keep their order, and no files."""
    duckdb = _duckdb()
    with tempfile.TemporaryDirectory(prefix="mlsnap-") as folder:
        config = {"enable_external_access": "false", "threads": "1", "memory_limit": MEMORY}
        config |= {"temp_directory": folder, "autoload_known_extensions": "false"}
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET python_enable_replacements = false")
            connection.execute("SET lock_configuration = true")
            yield connection


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise SourceError(
            "steps in SQL (filter, derive, sql) need DuckDB, which is not installed",
            'pip install "mlsnap[duckdb]"',
        ) from error
    return duckdb


@contextmanager
def _translated(
    text: str, names: list[str], schema: pa.Schema, failures: list[BaseException] | None = None
) -> Iterator[None]:
    """DuckDB's errors as ours; an unknown column gets near names, a failed source its own error."""
    try:
        yield
    except (_duckdb().Error, pa.ArrowException, OSError, RuntimeError) as error:
        if failures:
            raise failures[0] from None
        for name in names:
            if "not found in FROM clause" in str(error) and not _matches(name, schema.names):
                raise SourceError(
                    f"no column {name!r} in {text!r}{near(name, schema.names)}",
                    "name a column of the table; texts stand in single quotes",
                ) from error
        said = str(error).partition("\n")[0]
        raise SourceError(
            f"{text!r} cannot be computed: {said}",
            "mend the SQL; TRY_CAST(… AS …) and TRY(…) give null where a value does not fit",
        ) from error


@lru_cache(maxsize=64)
def _parsed(query: str, text: str) -> dict[str, Any]:
    with _connected() as connection, _translated(text, [], pa.schema([])):
        ((answer,),) = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    told = json.loads(answer)
    if told["error"]:
        said = told["error_message"].replace(
            "Only SELECT statements can be serialized to json!", ""
        )
        raise SourceError(
            f"{text!r} is no SQL that reads: {said or 'it is not a SELECT'}", "mend the SQL"
        )
    if len(told["statements"]) != 1:
        raise SourceError(f"{text!r} holds several statements", "give a single one")
    node: dict[str, Any] = told["statements"][0]["node"]
    return node


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from _nodes(each)


def _names(nodes: list[dict[str, Any]]) -> list[str]:
    """Columns that are named, without the table's name before them."""
    references = [node["column_names"] for node in nodes if node.get("class") == "COLUMN_REF"]
    return [
        names[1] if len(names) > 1 and names[0].lower() == TABLE else names[0]
        for names in references
    ]


def _tables(nodes: list[dict[str, Any]]) -> int:
    """How often the rows' table is named."""
    named = [node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"]
    return sum(name.lower() == TABLE for name in named)


def _reads_once(nodes: list[dict[str, Any]]) -> bool:
    named = any(node.get("map") for node in nodes if set(node) == {"map"})
    return _tables(nodes) == 1 and not named


def _resolved(names: list[str], schema: pa.Schema) -> tuple[str, ...]:
    """The columns of ``schema`` that are named; SQL does not tell capitals from small letters."""
    found = {match: None for name in names for match in _matches(name, schema.names)}
    _check_case(list(found))
    return tuple(found)


def _matches(name: str, columns: list[str]) -> list[str]:
    if name in columns:
        return [name]
    return [each for each in columns if each.lower() == name.lower()]


def _check_case(names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise SourceError(
                f"columns {other!r} and {name!r} differ by capitals only, which SQL cannot tell "
                "apart",
                "rename one of them in a step before",
            )


def _argument(table: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    """The named columns, or one without values where there is none: rows must be counted."""
    if columns:
        return table.select(list(columns))
    return pa.table({"mlsnap_row": pa.nulls(table.num_rows, pa.int8())})
