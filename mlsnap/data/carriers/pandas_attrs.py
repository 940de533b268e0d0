"""The attrs of a pandas frame as JSON."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from mlsnap.values import scalars

_PLAIN = (type(None), bool, int, float, str, bytes, Decimal, datetime, date, time, timedelta)
_GROUPS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def encode_attrs(attrs: dict[Any, Any]) -> tuple[list[Any], list[str]]:
    """Keys and values as JSON, and the keys of those that have no such form, as text."""
    stored, left_out = [], []
    for key, value in attrs.items():
        try:
            stored.append([_encode(key), _encode(value)])
        except TypeError:
            left_out.append(repr(key))
    return stored, left_out


def decode_attrs(stored: Any) -> dict[Any, Any]:
    """The attrs that `encode_attrs` made ``stored`` of; earlier carriers hold them as they are."""
    if isinstance(stored, dict):
        return dict(stored)
    return {_decode(key): _decode(value) for key, value in stored}


def _encode(value: Any) -> Any:
    """``value`` as JSON: what JSON has not, and every group, as ``{type: …}``."""
    kind = type(value)
    if kind in _PLAIN:
        return scalars.to_json(value)
    if kind is dict:
        return {"dict": [[_encode(key), _encode(each)] for key, each in value.items()]}
    if kind in _GROUPS.values():
        members = sorted(value, key=repr) if kind in (set, frozenset) else value
        return {kind.__name__: [_encode(each) for each in members]}
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return {"numpy": [value.dtype.str, scalars.to_json(value.item())]}
    raise TypeError(f"a {kind.__name__} has no stored form")


def _decode(stored: Any) -> Any:
    if not isinstance(stored, dict):
        return stored
    ((name, inner),) = stored.items()
    if name == "dict":
        return {_decode(key): _decode(each) for key, each in inner}
    if name in _GROUPS:
        return _GROUPS[name](_decode(each) for each in inner)
    if name == "numpy":
        return np.dtype(inner[0]).type(scalars.from_json(inner[1]))
    return scalars.from_json(stored)
