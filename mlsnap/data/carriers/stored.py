"""Arrow values and schemas as text, for the JSON that restores a carrier."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import pyarrow as pa

from mlsnap.data.layout import plain_type, relaid


class Encoded(NamedTuple):
    """Plain values, a JSON-ready description of their dtype, and metadata for their field."""

    values: pa.Array
    spec: dict[str, Any]
    metadata: dict[bytes, bytes] | None = None


def array_to_text(array: pa.Array) -> str:
    """All values, with their type."""
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([array], names=["values"])
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode()


def array_from_text(text: str) -> pa.Array:
    """The values that `array_to_text` made ``text`` of."""
    return one_array(pa.ipc.open_stream(base64.b64decode(text)).read_all().column(0))


def schema_to_text(schema: pa.Schema) -> str:
    """Names, types and metadata."""
    return base64.b64encode(schema.serialize()).decode()


def schema_from_text(text: str) -> pa.Schema:
    """The schema that `schema_to_text` made ``text`` of."""
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def type_to_text(type_: pa.DataType) -> str:
    """A type alone."""
    return schema_to_text(pa.schema([("values", type_)]))


def type_from_text(text: str) -> pa.DataType:
    """The type that `type_to_text` made ``text`` of."""
    return schema_from_text(text).field(0).type


def one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """All chunks as one; dictionaries of different chunks are merged."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def in_layout(values: pa.ChunkedArray, type_: pa.DataType) -> pa.ChunkedArray:
    """Plain ``values`` in the layout of ``type_`` again; plain still if Arrow has no way to it."""
    if not has_way_back(type_):
        return values
    return pa.chunked_array([relaid(chunk, type_) for chunk in values.chunks], type_)


def has_way_back(type_: pa.DataType) -> bool:
    """Whether Arrow can give plain values the layout of ``type_``."""
    try:
        relaid(pa.array([], plain_type(type_)), type_)
    except pa.ArrowNotImplementedError:
        return False
    return True
