"""Python values, as drivers hand them out, as Arrow arrays and texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from mlsnap.data import mixed


def array_of(values: Sequence[Any]) -> pa.Array | None:
    """``values`` in the Arrow type of their Python type; ``None`` unless all have the same."""
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if len(kinds) > 1:
        return None
    try:
        return _FORMS.get(kinds.pop(), _as_text)(values)
    except (pa.ArrowException, ArithmeticError, TypeError, ValueError):
        return None


def text_of(value: Any) -> str | None:
    """A value among others of other types; such as have no form there as text."""
    if isinstance(value, Decimal) and value.is_finite():
        value = value.normalize()
    try:
        return None if value is None else mixed.to_text(value)
    except TypeError:
        return mixed.to_text(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _as_text(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if each is None else _text(each) for each in values], pa.string())


def _as_instants(values: Sequence[Any]) -> pa.Array:
    """Instants in UTC, or moments without a zone; `ValueError` if there are both."""
    zoned = {each.tzinfo is not None for each in values if each is not None}
    if len(zoned) > 1:
        raise ValueError("moments with and without a zone")
    if zoned == {False}:
        return pa.array(values, pa.timestamp("us"))
    instants = [each and each.astimezone(UTC) for each in values]
    return pa.array(instants, pa.timestamp("us", "UTC"))


def _as_uuids(values: Sequence[Any]) -> pa.Array:
    raw = pa.array([each and each.bytes for each in values], pa.binary(16))
    return pa.ExtensionArray.from_storage(pa.uuid(), raw)


def _as(type_: pa.DataType | None) -> Callable[[Sequence[Any]], pa.Array]:
    return lambda values: pa.array(values, type_)


_FORMS: dict[type, Callable[[Sequence[Any]], pa.Array]] = {
    bool: _as(pa.bool_()),
    int: _as(pa.int64()),
    float: _as(pa.float64()),
    str: _as(pa.string()),
    bytes: _as(pa.binary()),
    bytearray: _as(pa.binary()),
    memoryview: lambda values: pa.array([each and bytes(each) for each in values], pa.binary()),
    Decimal: _as(None),
    date: _as(pa.date32()),
    datetime: _as_instants,
    time: _as(pa.time64("us")),
    timedelta: _as(pa.duration("us")),
    list: _as(None),
    UUID: _as_uuids,
}
