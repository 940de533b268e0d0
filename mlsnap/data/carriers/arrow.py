"""Arrow tables, and whatever exports an Arrow stream."""

from __future__ import annotations

import warnings
from typing import Any

import pyarrow as pa

from mlsnap.data.carriers.stored import has_way_back, in_layout, schema_from_text, schema_to_text
from mlsnap.data.rows import Rows
from mlsnap.errors import MlsnapWarning, SourceError


def encode(carried: Any) -> Rows:
    """The rows of a table, a batch, or any object with ``__arrow_c_stream__``.

    Raises
    ------
    SourceError
        If what the object exports is not a table.

    Warns
    -----
    MlsnapWarning
        If columns would come back in another layout; they are named.
    """
    table = _table(carried)
    _warn(table.schema)
    batch = isinstance(carried, pa.RecordBatch)
    carrier = {"carrier": "arrow", "batch": batch, "schema": schema_to_text(table.schema)}
    return Rows.of_table(table, carrier=carrier)


def decode(table: pa.Table, carrier: dict[str, Any]) -> pa.Table | pa.RecordBatch:
    """The table or batch; other carriers of Arrow streams come back as a table."""
    table = restore(table, carrier["schema"])
    if not carrier["batch"]:
        return table
    arrays = [pa.concat_arrays(column.chunks) for column in table.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def restore(table: pa.Table, stored: str) -> pa.Table:
    """A plain ``table`` with the names, layouts and metadata of a stored schema."""
    schema = schema_from_text(stored)
    columns = [
        in_layout(column, field.type) for column, field in zip(table.columns, schema, strict=True)
    ]
    fields = [field.with_type(c.type) for field, c in zip(schema, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=schema.metadata))


def _table(carried: Any) -> pa.Table:
    if isinstance(carried, pa.Table):
        return carried
    try:
        return pa.table(carried)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise SourceError(
            f"a {type(carried).__name__} cannot be read as an Arrow table: {error}",
            "hand over a table with types that Arrow has",
        ) from error


def _warn(schema: pa.Schema) -> None:
    if names := [field.name for field in schema if not has_way_back(field.type)]:
        warnings.warn(
            f"columns {', '.join(map(repr, names))} come back in another Arrow layout "
            "(the values, the digest and the profile are right)",
            MlsnapWarning,
            stacklevel=2,
        )
