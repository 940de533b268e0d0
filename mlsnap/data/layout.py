"""The same values in another layout: plain for digests and copies, and back.

Plain text has 64-bit offsets, and so have bytes and lists; a map is a list of its entries; days
count in `date32`, decimals have 128 bits where those suffice; dictionaries, run ends and
extension types give way to their values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data.buffers import to_arrow, to_numpy
from mlsnap.data.types import entry_type, is_binary, is_list, is_text, value_type

_is = pa.types


@lru_cache(maxsize=1024)
def plain_type(type_: pa.DataType) -> pa.DataType:
    """The type of `plain` arrays of ``type_``; units of dates and widths of numbers stay."""
    type_ = value_type(type_)
    if is_list(type_):
        return pa.large_list(plain_type(entry_type(type_)))
    if _is.is_struct(type_):
        return pa.struct([pa.field(field.name, plain_type(field.type)) for field in type_])
    return next((plain(type_) for holds, plain in _PLAIN if holds(type_)), type_)


def _plain_decimal(type_: pa.DataType) -> pa.DataType:
    wide = pa.decimal128 if type_.precision <= 38 else pa.decimal256
    return wide(type_.precision, type_.scale)


_PLAIN: tuple[tuple[Callable[[Any], bool], Callable[[Any], pa.DataType]], ...] = (
    (is_text, lambda type_: pa.large_string()),
    (is_binary, lambda type_: pa.large_binary()),
    (_is.is_date, lambda type_: pa.date32()),
    (_is.is_decimal, _plain_decimal),
)


def plain(array: pa.Array) -> pa.Array:
    """The values of ``array`` in their plain layout."""
    type_ = array.type
    if type_ == plain_type(type_):
        return array
    if type_ != value_type(type_):
        return plain(_values(array))
    if is_list(type_):
        return _plain_lists(array)
    if _is.is_struct(type_):
        return _plain_structs(array)
    return array.cast(plain_type(type_))


def _values(array: pa.Array) -> pa.Array:
    if isinstance(array.type, pa.BaseExtensionType):
        return array.storage
    if _is.is_dictionary(array.type):
        return plain(array.dictionary).take(array.indices)
    return pc.run_end_decode(array)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema of `plain_table`."""
    return pa.schema(
        [pa.field(field.name, plain_type(field.type), metadata=_own(field)) for field in schema]
    )


def plain_table(table: pa.Table) -> pa.Table:
    """``table`` with plain columns; of all metadata only what mlsnap wrote to fields is kept."""
    schema = plain_schema(table.schema)
    columns = [
        pa.chunked_array([plain(chunk) for chunk in column.chunks], field.type)
        for field, column in zip(schema, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def relaid(array: pa.Array, type_: pa.DataType) -> pa.Array:
    """Plain values in the layout of ``type_`` again; the order of a dictionary is not kept."""
    if array.type == type_:
        return array
    if isinstance(type_, pa.BaseExtensionType):
        return type_.wrap_array(relaid(array, type_.storage_type))
    if _is.is_run_end_encoded(type_):
        return pc.run_end_encode(relaid(array, type_.value_type), run_end_type=type_.run_end_type)
    if _is.is_dictionary(type_):
        return relaid(array, type_.value_type).dictionary_encode().cast(type_)
    if _is.is_map(type_):
        return _maps(array, type_)
    return array.cast(type_)


def _plain_lists(array: pa.Array) -> pa.Array:
    entries = pa.list_(entry_type(array.type))
    lists = array.cast(entries) if _is.is_map(array.type) else array
    lengths = to_numpy(pc.list_value_length(lists).cast(pa.int64()))
    if lists.null_count:
        lengths = np.where(to_numpy(lists.is_valid().cast(pa.uint8())), lengths, 0)
    offsets = to_arrow(np.concatenate(([0], np.cumsum(lengths))))
    values = plain(pc.list_flatten(lists))
    return pa.LargeListArray.from_arrays(offsets, values, mask=array.is_null())


def _plain_structs(array: pa.Array) -> pa.Array:
    fields = list(plain_type(array.type))
    children = [plain(pc.struct_field(array, [index])) for index in range(len(fields))]
    return pa.StructArray.from_arrays(children, fields=fields, mask=array.is_null())


def _maps(lists: pa.Array, type_: pa.DataType) -> pa.Array:
    entries = lists.cast(pa.list_(pa.struct([type_.key_field, type_.item_field])))
    pairs = entries.values
    keys, items = (pc.struct_field(pairs, [index]) for index in range(2))
    return pa.MapArray.from_arrays(entries.offsets, keys, items, type_, mask=entries.is_null())


def _own(field: pa.Field) -> dict[bytes, bytes]:
    return {key: text for key, text in (field.metadata or {}).items() if key.startswith(b"mlsnap.")}
