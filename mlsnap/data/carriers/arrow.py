"""Arrow tables, and whatever exports an Arrow stream."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from mlsnap.data.carriers.stored import has_way_back, in_layout, schema_from_text, schema_to_text
from mlsnap.data.rows import BATCH_ROWS, Rows, with_unique_names
from mlsnap.errors import MlsnapWarning, SourceError


def encode(carried: Any) -> Rows:
    """The rows of a table, a batch, or any object with ``__arrow_c_stream__``.

    Tables and batches are read where they lie. The stream of any other object is read batch by
    batch, once, and never held as a whole.

    Raises
    ------
    SourceError
        If what the object exports is not a table, or its stream fails on the way.

    Warns
    -----
    MlsnapWarning
        When the carrier is asked for: if columns would come back in another layout; by name.
    """
    if isinstance(carried, pa.Table | pa.RecordBatch):
        batch = isinstance(carried, pa.RecordBatch)
        table = pa.Table.from_batches([carried]) if batch else carried
        return Rows.of_table(table, describe_carrier=lambda: _carrier(table.schema, batch=batch))
    return _of_exporter(carried)


def of_stream(reader: Iterable[pa.RecordBatch], schema: pa.Schema, *, name: str) -> Rows:
    """The rows of a stream as they come; ``name`` is what errors call the object it is from."""
    unique = with_unique_names(schema)
    return Rows(
        unique,
        _batches(reader, unique, name),
        describe_carrier=lambda: _carrier(schema, batch=False),
    )


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


def _of_exporter(carried: Any) -> Rows:
    name = type(carried).__name__
    try:
        reader = pa.RecordBatchReader.from_stream(carried)
    except Exception as error:
        raise SourceError(
            f"a {name} cannot be read as an Arrow table: {error}",
            "hand over a table with types that Arrow has",
        ) from error
    return of_stream(reader, reader.schema, name=name)


def _batches(
    reader: Iterable[pa.RecordBatch], schema: pa.Schema, name: str
) -> Iterator[pa.RecordBatch]:
    rows = 0
    try:
        for batch in reader:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                part = batch.slice(start, BATCH_ROWS)
                yield pa.RecordBatch.from_arrays(part.columns, schema=schema)
                rows += part.num_rows
    except Exception as error:
        raise SourceError(
            f"a {name} failed after {rows:,} rows: {_first_line(error)}",
            "mend what produces the rows, and hand over a new stream",
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _carrier(schema: pa.Schema, *, batch: bool) -> dict[str, Any]:
    _warn(schema)
    return {"carrier": "arrow", "batch": batch, "schema": schema_to_text(schema)}


def _warn(schema: pa.Schema) -> None:
    if names := [field.name for field in schema if not has_way_back(field.type)]:
        warnings.warn(
            f"columns {', '.join(map(repr, names))} come back in another Arrow layout "
            "(the values, the digest and the profile are right)",
            MlsnapWarning,
            stacklevel=2,
        )
