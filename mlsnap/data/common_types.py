"""The type that holds the values of two types that compare (`mlsnap.data.row_hashes`)."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from mlsnap.data.layout import plain_type
from mlsnap.data.types import entry_type, is_list

_is = pa.types
_UNITS = ("s", "ms", "us", "ns")


def common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """A plain type for the values of both; of instants in different zones, with that of ``other``.

    An integer of 64 bits and a float have none that is exact beyond 2**53: it is ``float64``.

    >>> common_type(pa.int16(), pa.uint32()), common_type(pa.int64(), pa.float32())
    (DataType(int64), DataType(double))
    """
    one, other = plain_type(one), plain_type(other)
    if one == other or _is.is_null(one):
        return other
    if _is.is_null(other):
        return one
    return next((common(one, other) for holds, common in _COMMON if holds(one)), other)


def _of_numbers(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if _is.is_floating(one) or _is.is_floating(other):
        return pa.float64()
    if _is.is_signed_integer(one) == _is.is_signed_integer(other):
        return one if one.bit_width > other.bit_width else other
    return pa.decimal128(20, 0) if pa.uint64() in (one, other) else pa.int64()


def _of_decimals(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    scale = max(one.scale, other.scale)
    whole = max(one.precision - one.scale, other.precision - other.scale)
    return plain_type(pa.decimal256(whole + scale, scale))


def _of_times(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    unit = max(one.unit, other.unit, key=_UNITS.index)
    if _is.is_timestamp(other):
        return pa.timestamp(unit, other.tz)
    if _is.is_duration(other):
        return pa.duration(unit)
    return pa.time64(unit) if unit in ("us", "ns") else pa.time32(unit)


def _of_structs(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    pairs = zip(one, other, strict=True)
    return pa.struct([(theirs.name, common_type(ours.type, theirs.type)) for ours, theirs in pairs])


def _of_lists(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    return pa.large_list(common_type(entry_type(one), entry_type(other)))


_COMMON: tuple[
    tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType, pa.DataType], pa.DataType]], ...
] = (
    (lambda type_: bool(_is.is_integer(type_) or _is.is_floating(type_)), _of_numbers),
    (_is.is_decimal, _of_decimals),
    (_is.is_timestamp, _of_times),
    (_is.is_duration, _of_times),
    (_is.is_time, _of_times),
    (_is.is_struct, _of_structs),
    (is_list, _of_lists),
)
