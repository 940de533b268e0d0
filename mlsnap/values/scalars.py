"""One cell's value, and the JSON it is stored as without loss."""

from __future__ import annotations

import dataclasses
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Scalar = None | bool | int | float | str | bytes | Decimal | datetime | date | time | timedelta
"""What a cell holds once it has left its column."""


def to_json(value: Scalar) -> Any:
    """``value`` as JSON: itself where JSON has the type, else ``{type: text}``."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    for name, (type_, encode, _) in _FORMS.items():
        if isinstance(value, type_):
            return {name: encode(value)}
    return value


def encoded(value: Any) -> Any:
    """Dataclasses, tuples (named ones by name) and dicts of scalars as JSON-ready values.

    Fields whose metadata say ``{"encoded": False}`` are left out.
    """
    if dataclasses.is_dataclass(value):
        fields = [f for f in dataclasses.fields(value) if f.metadata.get("encoded", True)]
        return {f.name: encoded(getattr(value, f.name)) for f in fields}
    if hasattr(value, "_asdict"):
        return encoded(value._asdict())
    if isinstance(value, tuple):
        return list(value) if _is_plain(value) else [encoded(each) for each in value]
    if isinstance(value, dict):
        return {key: encoded(each) for key, each in value.items()}
    return to_json(value)


def _is_plain(values: tuple[Any, ...]) -> bool:
    """Whether JSON has all of them as they are; long tuples of numbers mostly are."""
    types = set(map(type, values))
    return types <= _PLAIN or (types == {float} and all(map(math.isfinite, values)))


def from_json(stored: Any) -> Any:
    """The value that `to_json` made ``stored`` of."""
    if not isinstance(stored, dict):
        return stored
    ((name, text),) = stored.items()
    return float(text) if name == "float" else _FORMS[name][2](text)


_PLAIN = {type(None), bool, int, str}

_FORMS: dict[str, tuple[type, Any, Any]] = {
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "decimal": (Decimal, str, Decimal),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "timedelta": (
        timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: timedelta(*parts),
    ),
}
"""Type, encoder and decoder by name; a datetime is a date too, and comes first."""
