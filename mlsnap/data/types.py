"""What an Arrow type is called, whatever carried it here."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyarrow as pa

from mlsnap.values.column import Kind

_is = pa.types


def value_type(type_: pa.DataType) -> pa.DataType:
    """The type of the values themselves: dictionaries, run ends and extensions looked through."""
    if isinstance(type_, pa.BaseExtensionType):
        return value_type(type_.storage_type)
    if _is.is_dictionary(type_) or _is.is_run_end_encoded(type_):
        return value_type(type_.value_type)
    return type_


def is_text(type_: pa.DataType) -> bool:
    """Whether values are UTF-8 text, with offsets of any width or as views."""
    return bool(_is.is_string(type_) or _is.is_large_string(type_) or _is.is_string_view(type_))


def is_binary(type_: pa.DataType) -> bool:
    """Whether values are bytes, of fixed length or not."""
    return bool(
        _is.is_binary(type_)
        or _is.is_large_binary(type_)
        or _is.is_fixed_size_binary(type_)
        or _is.is_binary_view(type_)
    )


def is_list(type_: pa.DataType) -> bool:
    """Whether values are lists of any layout."""
    return bool(
        _is.is_list(type_)
        or _is.is_large_list(type_)
        or _is.is_fixed_size_list(type_)
        or _is.is_list_view(type_)
        or _is.is_large_list_view(type_)
        or _is.is_map(type_)
    )


def entry_type(type_: pa.DataType) -> pa.DataType:
    """The type of a list's entries; of a map's, pairs of key and value."""
    if _is.is_map(type_):
        return pa.struct([type_.key_field, type_.item_field])
    return type_.value_type


@lru_cache(maxsize=1024)
def has_union(type_: pa.DataType) -> bool:
    """Whether values, or values inside of them, are of several types at once."""
    type_ = value_type(type_)
    inner = [type_.field(index).type for index in range(type_.num_fields)]
    return bool(_is.is_union(type_)) or any(has_union(each) for each in inner)


@lru_cache(maxsize=1024)
def type_name(type_: pa.DataType) -> str:
    """The type's name in profiles and digests: widths and zones count, layouts and units don't.

    >>> type_name(pa.dictionary(pa.int8(), pa.large_string()))
    'string'
    >>> type_name(pa.timestamp("ms", tz="UTC")), type_name(pa.date64())
    ('timestamp[UTC]', 'date')
    """
    type_ = value_type(type_)
    return next((named(type_) for holds, named in _NAMES if holds(type_)), str(type_))


def _struct_name(type_: pa.DataType) -> str:
    return f"struct<{', '.join(f'{field.name}: {type_name(field.type)}' for field in type_)}>"


_NAMES: tuple[tuple[Callable[[Any], bool], Callable[[Any], str]], ...] = (
    (is_text, lambda type_: "string"),
    (is_binary, lambda type_: "binary"),
    (is_list, lambda type_: f"list<{type_name(entry_type(type_))}>"),
    (_is.is_struct, _struct_name),
    (_is.is_timestamp, lambda type_: f"timestamp[{type_.tz}]" if type_.tz else "timestamp"),
    (_is.is_date, lambda type_: "date"),
    (_is.is_time, lambda type_: "time"),
    (_is.is_duration, lambda type_: "duration"),
    (_is.is_decimal, lambda type_: f"decimal({type_.precision}, {type_.scale})"),
    (_is.is_float16, lambda type_: "float16"),
    (_is.is_float32, lambda type_: "float32"),
    (_is.is_float64, lambda type_: "float64"),
)


@lru_cache(maxsize=1024)
def kind_of(type_: pa.DataType) -> Kind:
    """What a column of this type holds, as profiles say it."""
    type_ = value_type(type_)
    for kind, belongs in _KINDS:
        if belongs(type_):
            return kind
    return Kind.UNKNOWN


_KINDS = (
    (Kind.NULL, _is.is_null),
    (Kind.BOOLEAN, _is.is_boolean),
    (Kind.INTEGER, _is.is_integer),
    (Kind.DECIMAL, lambda type_: _is.is_floating(type_) or _is.is_decimal(type_)),
    (Kind.STRING, is_text),
    (Kind.DATE, lambda type_: _is.is_temporal(type_) and not _is.is_interval(type_)),
    (Kind.BINARY, is_binary),
    (Kind.LIST, is_list),
    (Kind.DATAROW, _is.is_struct),
)
