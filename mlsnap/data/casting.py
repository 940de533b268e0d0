"""Values as another Arrow type; those that do not fit are counted, not guessed."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data.parsing import Parsed, in_pieces
from mlsnap.data.types import is_text
from mlsnap.errors import SourceError, near

_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), ?(?:tz=)?([\w/+:-]+)\]")
_DECIMAL = re.compile(r"decimal(128|256)?\((\d+), ?(-?\d+)\)")
_NAMES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "double", "string", "binary", "date32", "timestamp[us]"),
    *("timestamp[us, tz=UTC]", "time64[us]", "duration[us]", "decimal128(10, 2)"),
)


def type_named(name: str) -> pa.DataType:
    """The Arrow type of that name, as Arrow itself writes it.

    Raises
    ------
    SourceError
        If there is none.

    Examples
    --------
    >>> type_named("timestamp[us, tz=UTC]"), type_named("decimal128(10, 2)")
    (TimestampType(timestamp[us, tz=UTC]), Decimal128Type(decimal128(10, 2)))
    """
    try:
        if zoned := _ZONED.fullmatch(name):
            return pa.timestamp(zoned[1], zoned[2])
        if decimal := _DECIMAL.fullmatch(name):
            make = pa.decimal256 if decimal[1] == "256" else pa.decimal128
            return make(int(decimal[2]), int(decimal[3]))
        return pa.type_for_alias(name)
    except ValueError as error:
        raise SourceError(
            f"no Arrow type {name!r}{near(name, _NAMES)}", f"use names such as {', '.join(_NAMES)}"
        ) from error


def check_castable(name: str, from_: pa.DataType, to: pa.DataType) -> None:
    """`SourceError` if no value of the column ``name`` could be cast."""
    try:
        cast(pa.nulls(0, from_), to)
    except pa.ArrowException as error:
        raise SourceError(
            f"column {name!r} is {from_}, which cannot be cast to {to}",
            "cast to string first, or compute it with a derive or sql step",
        ) from error


def cast(array: pa.Array, to: pa.DataType) -> Parsed:
    """``array`` as ``to``, exactly: null and wrong where a value does not fit or does not parse.

    Of text, spaces around a value are passed over, and an empty one is missing.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if is_text(array.type) and not is_text(to):
        array = _trimmed(array)
    whole = _cast_all(array, to)
    if whole is not None:
        return Parsed(whole, 0)
    if pa.types.is_nested(array.type):
        return _counted(array, _cast_some(array, to), pa.array(range(len(array)), pa.int64()))
    distinct = array.dictionary_encode()
    return _counted(distinct.dictionary, _cast_some(distinct.dictionary, to), distinct.indices)


def _trimmed(texts: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts.cast(pa.large_string()))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed)


def _counted(distinct: pa.Array, values: pa.Array, indices: pa.Array) -> Parsed:
    wrong = pc.and_not(values.is_null(), distinct.is_null()).take(indices)
    return Parsed(values.take(indices), int(pc.sum(wrong).as_py() or 0))


def _cast_some(array: pa.Array, to: pa.DataType) -> pa.Array:
    return in_pieces(array, to, lambda piece: _cast_all(piece, to), most_wrong=len(array)).values


def _cast_all(array: pa.Array, to: pa.DataType) -> pa.Array | None:
    try:
        return array.cast(to)
    except pa.ArrowNotImplementedError:
        raise
    except pa.ArrowInvalid:
        return None
