"""A column computed from the others of its row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from mlsnap.data.casting import cast, check_castable, type_named
from mlsnap.data.engine import bound_expression, evaluating, parse_expression
from mlsnap.data.flow import flowing, replaced, with_column
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import TEXT

ARGUMENTS = {"column": TEXT, "expression": TEXT, "type": TEXT.optional}


def step(column: str, expression: str, *, type: str | None = None) -> dict[str, Any]:
    """Add a column, or replace the one of that name, by a SQL expression.

    Its type is the one that DuckDB gives it, or the Arrow type ``type``; then a value that does
    not fit exactly is an error: null, and counted.

    >>> step("per_head", "total / people")
    {'step': 'derive', 'column': 'per_head', 'expression': 'total / people'}
    """
    made = {"step": "derive", "column": column, "expression": expression}
    return made if type is None else {**made, "type": type}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are; `SourceError` if the expression or the type is none."""
    parse_expression(arguments["expression"])
    if "type" in arguments:
        type_named(arguments["type"])
    return arguments


def apply(rows: Rows, *, column: str, expression: str, type: str | None = None) -> Rows:
    """All columns, with the new one in its place or at the end."""
    value = bound_expression(expression, rows.schema)
    target = value.type if type is None else type_named(type)
    check_castable(column, value.type, target)
    schema = with_column(rows.schema, column, target)
    own = {column: 0}

    def batches() -> Iterator[pa.RecordBatch]:
        with evaluating(value) as evaluate:
            for batch in rows.batches:
                made = evaluate(batch)
                if made.type != target:
                    made, wrong = (parsed := cast(made, target)).values, parsed.wrong
                    own[column] += wrong
                yield replaced(batch, schema, {column: made})

    kept = {name: name for name in rows.schema.names if name != column}
    return flowing(rows, schema, batches(), kept=kept, own=own, row_count=rows.row_count)
