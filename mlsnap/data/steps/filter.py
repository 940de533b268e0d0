"""The rows for which a condition holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from mlsnap.data.engine import bound_expression, evaluating, parse_expression
from mlsnap.data.flow import flowing
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import TEXT
from mlsnap.errors import SourceError

ARGUMENTS = {"expression": TEXT}


def step(expression: str) -> dict[str, Any]:
    """Keep the rows for which a SQL condition is true, neither false nor null.

    >>> step("age > 30")
    {'step': 'filter', 'expression': 'age > 30'}
    """
    return {"step": "filter", "expression": expression}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are; `SourceError` if the expression is none."""
    parse_expression(arguments["expression"])
    return arguments


def apply(rows: Rows, *, expression: str) -> Rows:
    """The rows, as they are. Errors of the source stay counted, whichever rows they were in."""
    condition = bound_expression(expression, rows.schema)
    if not (pa.types.is_boolean(condition.type) or pa.types.is_null(condition.type)):
        raise SourceError(
            f"{expression!r} is {condition.type}, not true or false", "compare it with something"
        )

    def batches() -> Iterator[pa.RecordBatch]:
        with evaluating(condition) as evaluate:
            for batch in rows.batches:
                yield batch.filter(evaluate(batch).cast(pa.bool_()))

    return flowing(rows, pa.schema(rows.schema), batches())
