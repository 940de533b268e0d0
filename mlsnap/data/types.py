"""What an Arrow type is called, whatever carried it here."""

from __future__ import annotations

import pyarrow as pa

from mlsnap.values.profile import Kind

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


def type_name(type_: pa.DataType) -> str:
    """The type's name in profiles and digests: widths and zones count, layouts and units don't.

    >>> type_name(pa.dictionary(pa.int8(), pa.large_string()))
    'string'
    >>> type_name(pa.timestamp("ms", tz="UTC")), type_name(pa.date64())
    ('timestamp[UTC]', 'date')
    """
    type_ = value_type(type_)
    if is_text(type_):
        return "string"
    if is_binary(type_):
        return "binary"
    if _is.is_timestamp(type_):
        return f"timestamp[{type_.tz}]" if type_.tz else "timestamp"
    if is_list(type_):
        return f"list<{type_name(entry_type(type_))}>"
    if _is.is_struct(type_):
        return f"struct<{', '.join(f'{f.name}: {type_name(f.type)}' for f in type_)}>"
    if _is.is_decimal(type_):
        return f"decimal({type_.precision}, {type_.scale})"
    return _FAMILIES.get(type_.id, str(type_))


_FAMILIES = {
    pa.date32().id: "date",
    pa.date64().id: "date",
    pa.time32("s").id: "time",
    pa.time64("us").id: "time",
    pa.duration("s").id: "duration",
    pa.float16().id: "float16",
    pa.float32().id: "float32",
    pa.float64().id: "float64",
}


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
    (Kind.DATE, _is.is_temporal),
    (Kind.BINARY, is_binary),
    (Kind.LIST, is_list),
    (Kind.DATAROW, _is.is_struct),
)
