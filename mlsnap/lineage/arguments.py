"""Arguments as JSON that keeps their type: ``{kind: parts}`` for all that JSON lacks."""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from zoneinfo import ZoneInfo

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import typed_objects
from mlsnap.lineage.import_paths import MAIN

_SAFE_INTEGER = 2**53
_NUMPY_KINDS = "biufcMm"


class UnstorableArgument(TypeError):  # noqa: N818 - the name says what it is about
    """A value that cannot be stored as JSON and brought back the same."""


def encode(value: Any) -> Any:
    """``value`` as JSON-ready values from which `decode` makes an equal one of the same type.

    Floats are stored by their bits. Of other classes, enums, dataclasses, named tuples and
    pydantic models are, if their module leads to them, and so do functions and classes.

    >>> encode((1, 0.5, None))
    {'tuple': [1, {'float': '0x1.0000000000000p-1'}, None]}

    Raises
    ------
    UnstorableArgument
        If ``value``, or a value in it, has another type; the message names it.
    """
    try:
        return _encode(value)
    except RecursionError as error:
        raise UnstorableArgument(
            f"a value of type {_name(type(value))} that is nested too deeply, or contains itself, "
            "cannot be stored"
        ) from error


def decode(stored: Any, *, main: str = MAIN) -> Any:
    """The value that `encode` made ``stored`` of.

    ``main`` is the name under which the script that was ``__main__`` is loaded now.

    Raises
    ------
    NotReproducibleError
        If ``stored`` is damaged, or names a class or function that is not there.
    """
    if not isinstance(stored, dict):
        return [decode(each, main=main) for each in stored] if isinstance(stored, list) else stored
    try:
        ((kind, parts),) = stored.items()
        if kind in typed_objects.KINDS:
            return typed_objects.decode(
                kind, parts, lambda each: decode(each, main=main), main=main
            )
        if kind in _CONTAINERS:
            return _CONTAINERS[kind](decode(each, main=main) for each in parts)
        return _DECODERS[kind](parts)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise NotReproducibleError(
            f"the recorded argument {_shortened(stored)} cannot be read: {error!r}",
            "give the argument anew, or use the mlsnap version that recorded the run",
        ) from error


def _encode(value: Any) -> Any:
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and (form := _encode_numpy(value, numpy)) is not None:
        return form
    form = typed_objects.encode(value, _encode)
    if form is None:
        raise _unstorable(value)
    return form


def _unstorable(value: Any) -> UnstorableArgument:
    return UnstorableArgument(f"a value of type {_name(type(value))} cannot be stored")


def _name(kind: type) -> str:
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _shortened(stored: Any) -> str:
    shown = repr(stored)
    return shown if len(shown) <= 80 else shown[:79] + "…"


def _same(value: Any) -> Any:
    return value


def _items(value: Any) -> list[Any]:
    return [_encode(each) for each in value]


def _encode_int(value: int) -> Any:
    return value if abs(value) <= _SAFE_INTEGER else {"int": hex(value)}


def _encode_datetime(value: datetime) -> Any:
    naive = value.replace(tzinfo=None, fold=0)
    return {"datetime": [naive.isoformat(), value.fold, _encode_zone(value, value.tzinfo)]}


def _decode_datetime(parts: list[Any]) -> datetime:
    text, fold, zone = parts
    return datetime.fromisoformat(text).replace(fold=fold, tzinfo=_decode_zone(zone))


def _encode_time(value: time) -> Any:
    naive = value.replace(tzinfo=None, fold=0)
    return {"time": [naive.isoformat(), value.fold, _encode_zone(value, value.tzinfo)]}


def _decode_time(parts: list[Any]) -> time:
    text, fold, zone = parts
    return time.fromisoformat(text).replace(fold=fold, tzinfo=_decode_zone(zone))


def _encode_zone(value: datetime | time, zone: tzinfo | None) -> Any:
    if zone is None:
        return None
    if type(zone) is timezone:
        return [*_parts(zone.utcoffset(None)), zone.tzname(None)]
    if type(zone) is ZoneInfo and zone.key:
        return zone.key
    raise UnstorableArgument(
        f"a value of type {_name(type(value))} with a time zone of type {_name(type(zone))} "
        "cannot be stored"
    )


def _decode_zone(stored: Any) -> tzinfo | None:
    if stored is None or isinstance(stored, str):
        return ZoneInfo(stored) if stored else None
    *parts, name = stored
    plain = timezone(timedelta(*parts))
    return plain if plain.tzname(None) == name else timezone(timedelta(*parts), name)


def _parts(value: timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _encode_numpy(value: Any, numpy: Any) -> dict[str, Any] | None:
    """Scalars, arrays of no dimension, and types."""
    if isinstance(value, numpy.generic):
        return {"numpy": _scalar(value)}
    if type(value) is numpy.ndarray and value.ndim == 0:
        if not isinstance(value[()], numpy.generic):
            raise _unstorable(value)
        return {"numpy_0d": _scalar(value[()])}
    if isinstance(value, numpy.dtype):
        if value.metadata or value.fields or value != numpy.dtype(value.str):
            raise _unstorable(value)
        return {"numpy_dtype": value.str}
    return None


def _scalar(value: Any) -> list[Any]:
    kind = value.dtype.kind
    if kind in "US":
        return [kind, _encode(str(value) if kind == "U" else bytes(value))]
    if kind not in _NUMPY_KINDS:
        raise _unstorable(value)
    little = value.dtype.newbyteorder("<")
    return [little.str, b64encode(value.astype(little).tobytes()).decode()]


def _decode_numpy(parts: list[Any]) -> Any:
    import numpy as np

    kind, stored = parts
    if kind in ("U", "S"):
        return np.str_(stored) if kind == "U" else np.bytes_(decode(stored))
    dtype = np.dtype(kind)
    if dtype.kind not in _NUMPY_KINDS:
        raise ValueError(f"no scalars of type {kind!r}")
    return np.frombuffer(b64decode(stored, validate=True), dtype)[0]


def _decode_0d(parts: list[Any]) -> Any:
    import numpy as np

    scalar = _decode_numpy(parts)
    return np.array(scalar, dtype=scalar.dtype)


def _decode_dtype(stored: str) -> Any:
    import numpy as np

    return np.dtype(stored)


def _ends(value: range) -> tuple[int, int, int]:
    return value.start, value.stop, value.step


def _encode_slice(value: slice) -> Any:
    return {"slice": [_encode(each) for each in (value.start, value.stop, value.step)]}


_ENCODERS: dict[type, Callable[[Any], Any]] = {
    type(None): _same,
    bool: _same,
    str: _same,
    int: _encode_int,
    float: lambda value: {"float": value.hex()},
    bytes: lambda value: {"bytes": b64encode(value).decode()},
    list: _items,
    tuple: lambda value: {"tuple": _items(value)},
    set: lambda value: {"set": _items(value)},
    frozenset: lambda value: {"frozenset": _items(value)},
    dict: lambda value: {"dict": [_items(pair) for pair in value.items()]},
    type(Path()): lambda value: {"path": str(value)},
    PurePosixPath: lambda value: {"posix_path": str(value)},
    PureWindowsPath: lambda value: {"windows_path": str(value)},
    datetime: _encode_datetime,
    date: lambda value: {"date": value.isoformat()},
    time: _encode_time,
    timedelta: lambda value: {"timedelta": _parts(value)},
    Decimal: lambda value: {"decimal": str(value)},
    complex: lambda value: {"complex": [value.real.hex(), value.imag.hex()]},
    range: lambda value: {"range": [_encode_int(each) for each in _ends(value)]},
    slice: _encode_slice,
}

_CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "range": lambda ends: range(*ends),
    "slice": lambda ends: slice(*ends),
}

_DECODERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda text: int(text, 16),
    "float": float.fromhex,
    "bytes": lambda text: b64decode(text, validate=True),
    "path": Path,
    "posix_path": PurePosixPath,
    "windows_path": PureWindowsPath,
    "datetime": _decode_datetime,
    "date": date.fromisoformat,
    "time": _decode_time,
    "timedelta": lambda parts: timedelta(*parts),
    "decimal": Decimal,
    "complex": lambda parts: complex(*map(float.fromhex, parts)),
    "numpy": _decode_numpy,
    "numpy_0d": _decode_0d,
    "numpy_dtype": _decode_dtype,
}
