"""Columns as other types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from mlsnap.data.casting import cast, check_castable, type_named
from mlsnap.data.flow import flowing, replaced, require_columns, with_column
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import PAIRS

ARGUMENTS = {"types": PAIRS}


def step(types: Mapping[str, str]) -> dict[str, Any]:
    """Make columns the Arrow types that they are mapped to.

    A value that does not fit exactly is an error: null, and counted.

    >>> step({"age": "int8", "paid": "decimal128(10, 2)"})
    {'step': 'cast', 'types': {'age': 'int8', 'paid': 'decimal128(10, 2)'}}
    """
    return {"step": "cast", "types": dict(types)}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are; `SourceError` if a type is not known."""
    for name in arguments["types"].values():
        type_named(name)
    return arguments


def apply(rows: Rows, *, types: dict[str, str]) -> Rows:
    """All columns, some of other types."""
    require_columns(rows.schema, list(types))
    targets = {column: type_named(name) for column, name in types.items()}
    schema = rows.schema
    for column, type_ in targets.items():
        check_castable(column, rows.schema.field(column).type, type_)
        schema = with_column(schema, column, type_)
    own = dict.fromkeys(targets, 0)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows.batches:
            made = {column: cast(batch.column(column), type_) for column, type_ in targets.items()}
            for column, each in made.items():
                own[column] += each.wrong
            yield replaced(batch, schema, {column: each.values for column, each in made.items()})

    return flowing(rows, schema, batches(), own=own, row_count=rows.row_count)
