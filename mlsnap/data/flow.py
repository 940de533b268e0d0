"""Rows made of other rows while they are read: what was noticed on the way goes along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from mlsnap.data.rows import Rows
from mlsnap.errors import SourceError, near

_SHOWN = 12
"""Names of columns that a hint lists."""


def flowing(
    rows: Rows,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    kept: Mapping[str, str] | None = None,
    own: Mapping[str, int] | None = None,
    column: Callable[[int], Iterable[pa.Array]] | None = None,
    row_count: int | None = None,
) -> Rows:
    """``batches`` made of ``rows``, with their stamps and check.

    Parameters
    ----------
    kept
        Columns of ``rows`` whose errors are still those of a column, and that column's name; by
        default every column that kept its name.
    own
        Errors by column that ``batches`` add themselves, complete once all are read.
    """
    kept = {name: name for name in schema.names} if kept is None else kept
    errors: dict[str, int] = {}

    def settle() -> None:
        came = Counter({new: rows.errors.get(old, 0) for old, new in kept.items()})
        errors.update(came + Counter(own or {}))

    def settling() -> Iterator[pa.RecordBatch]:
        yield from batches
        settle()

    def check() -> None:
        settle()
        rows.check()

    return replace(
        rows,
        schema=schema,
        batches=settling(),
        column=column,
        row_count=row_count,
        errors=errors,
        check=check,
    )


def picked(rows: Rows, names: Mapping[str, str]) -> Rows:
    """The columns that ``names`` has as keys, in that order, under the names it maps them to."""
    positions = [rows.schema.get_field_index(name) for name in names]
    schema = pa.schema(
        rows.schema.field(position).with_name(name)
        for position, name in zip(positions, names.values(), strict=True)
    )
    read = rows.column
    return flowing(
        rows,
        schema,
        (
            pa.RecordBatch.from_arrays([batch.column(each) for each in positions], schema=schema)
            for batch in rows.batches
        ),
        kept=names,
        column=None if read is None else lambda position: read(positions[position]),
        row_count=rows.row_count,
    )


def with_column(schema: pa.Schema, name: str, type_: pa.DataType) -> pa.Schema:
    """``schema`` with the column ``name`` of that type, in its place or at the end."""
    fields = {field.name: field for field in schema} | {name: pa.field(name, type_)}
    return pa.schema(fields.values())


def replaced(
    batch: pa.RecordBatch, schema: pa.Schema, values: Mapping[str, pa.Array]
) -> pa.RecordBatch:
    """``batch`` in ``schema``, whose columns are those of ``values`` or else its own."""
    names = batch.schema.names
    arrays = [
        values[name] if name in values else batch.column(names.index(name)) for name in schema.names
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def require_columns(schema: pa.Schema, names: Sequence[str]) -> None:
    """`SourceError` with near names if ``schema`` lacks one, or one is named twice."""
    for name in names:
        if name not in schema.names:
            more = ", …" if len(schema) > _SHOWN else ""
            raise SourceError(
                f"no column {name!r}{near(name, schema.names)}",
                f"the columns are {', '.join(map(repr, schema.names[:_SHOWN]))}{more}",
            )
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise SourceError(f"column {twice[0]!r} is named twice", "name each column once")
