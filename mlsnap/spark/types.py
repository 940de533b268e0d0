"""Spark's types for the columns of Arrow tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from mlsnap.data.types import entry_type, is_binary, is_list, is_text, value_type
from mlsnap.errors import SourceError

_is = pa.types

_NAMES = {
    pa.null(): "void",
    pa.bool_(): "boolean",
    pa.int8(): "byte",
    pa.int16(): "short",
    pa.int32(): "integer",
    pa.int64(): "long",
    pa.uint8(): "short",
    pa.uint16(): "integer",
    pa.uint32(): "long",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
}

_DIGITS = 38
"""Digits that a decimal of Spark can have."""


def spark_schema(schema: pa.Schema) -> Any:
    """The Spark schema whose columns hold all values of the Arrow types, or of nearly all.

    Unsigned integers become wider, signed ones; instants and durations have microseconds, and
    instants no zone of their own.

    Raises
    ------
    SourceError
        If Spark has no type for a column; it is named.
    """
    from pyspark.sql.types import StructType

    return StructType.fromJson(
        {"type": "struct", "fields": [_field(each.name, _typed(each)) for each in schema]}
    )


def _typed(field: pa.Field) -> Any:
    try:
        return _form(field.type)
    except KeyError as unknown:
        raise SourceError(
            f"column {field.name!r} has the Arrow type {field.type}: Spark has no type for "
            f"{unknown.args[0]}",
            "cast it to text with a step of the dataset's definition, or read it with "
            "to_arrow_table()",
        ) from unknown


def _field(name: str, form: Any) -> dict[str, Any]:
    return {"name": name, "type": form, "nullable": True, "metadata": {}}


def _form(type_: pa.DataType) -> Any:
    """A type as Spark's JSON has it; `KeyError` with the one that Spark has not."""
    type_ = value_type(type_)
    if _is.is_map(type_):
        return {
            "type": "map",
            "keyType": _form(type_.key_type),
            "valueType": _form(type_.item_type),
            "valueContainsNull": True,
        }
    if is_list(type_):
        entry = _form(entry_type(type_))
        return {"type": "array", "elementType": entry, "containsNull": True}
    if _is.is_struct(type_):
        fields = [_field(each.name, _form(each.type)) for each in type_]
        return {"type": "struct", "fields": fields}
    return _name(type_)


def _name(type_: pa.DataType) -> str:
    if type_ in _NAMES:
        return _NAMES[type_]
    for holds, name in _FAMILIES:
        if holds(type_):
            return name(type_)
    raise KeyError(str(type_))


def _is_decimal(type_: pa.DataType) -> bool:
    return bool(_is.is_decimal(type_) and 0 <= type_.scale <= type_.precision <= _DIGITS)


_FAMILIES: tuple[tuple[Callable[[Any], bool], Callable[[Any], str]], ...] = (
    (is_text, lambda type_: "string"),
    (is_binary, lambda type_: "binary"),
    (_is.is_date, lambda type_: "date"),
    (_is.is_timestamp, lambda type_: "timestamp" if type_.tz else "timestamp_ntz"),
    (_is.is_duration, lambda type_: "interval day to second"),
    (_is_decimal, lambda type_: f"decimal({type_.precision},{type_.scale})"),
)
