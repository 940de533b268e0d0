"""When two stored values are one value."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

from mlsnap.comparing.scale import on_scale
from mlsnap.values.column import ColumnProfile, Kind
from mlsnap.values.scalars import Scalar

Key = Callable[[Scalar], Hashable]

_ITSELF = frozenset({Kind.STRING, Kind.BINARY, Kind.INTEGER, Kind.BOOLEAN})
_NAN = ("float", "nan")


def key_between(reference: ColumnProfile, current: ColumnProfile) -> Key | None:
    """What makes equal keys of values that are equal; ``None`` where values are their own keys.

    Numbers are equal whatever their types, but not in a column of values of several types; dates
    are if they are the same instant.
    """
    kinds = {reference.type, current.type}
    if kinds <= _ITSELF:
        return None
    if Kind.MIXED in kinds:
        return _within_type
    return None if kinds == {Kind.DATE} and _alike(reference, current) else _on_scale


def value_of(key: Hashable) -> Scalar:
    """The value that a key of a column of text, bytes or mixed values was made of."""
    return key[1] if isinstance(key, tuple) else key  # type: ignore[return-value]


def _alike(reference: ColumnProfile, current: ColumnProfile) -> bool:
    return reference.arrow_type == current.arrow_type


def _within_type(value: Scalar) -> Hashable:
    if isinstance(value, float) and math.isnan(value):
        return _NAN
    return value if isinstance(value, str) else (type(value).__name__, value)


def _on_scale(value: Scalar) -> Hashable:
    if isinstance(value, float):
        return _NAN if math.isnan(value) else value
    return value if isinstance(value, str) else on_scale(value) or value
