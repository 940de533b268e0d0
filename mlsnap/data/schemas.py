"""One schema for tables that were written apart, and rows brought into it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from mlsnap.data.files import File
from mlsnap.data.layout import plain
from mlsnap.data.types import value_type
from mlsnap.errors import SourceError

_HINT = "read those that belong together with a glob, or write all with the same types"


def unified(schemas: Sequence[pa.Schema], files: Sequence[File], *, hint: str = _HINT) -> pa.Schema:
    """One schema for all ``files``; types that differ give way to one that holds both.

    A column of any of the files is in it.

    Raises
    ------
    SourceError
        If a column has types that no type holds together.
    """
    if all(schema.equals(schemas[0]) for schema in schemas):
        return schemas[0].remove_metadata()
    values = [pa.schema([(f.name, value_type(f.type)) for f in schema]) for schema in schemas]
    try:
        return pa.unify_schemas(values, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise SourceError(
            f"{len(files)} files, first {files[0]}, do not make one table: {error}",
            hint,
        ) from error


def conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The columns of ``batch`` in the order and types of ``schema``, null where it has none."""
    columns = [
        to_type(batch.column(field.name), field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def to_type(array: pa.Array, type_: pa.DataType) -> pa.Array:
    """The same values as ``type_``; `pyarrow.ArrowInvalid` where one would be another value."""
    if array.type == type_:
        return array
    return (array if array.type == value_type(array.type) else plain(array)).cast(type_)
