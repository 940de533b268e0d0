"""One cell's value, and the JSON it is stored as without loss."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Scalar = None | bool | int | float | str | bytes | Decimal | datetime | date | time | timedelta
"""What a cell holds once it has left its column."""


def to_json(value: Scalar) -> Any:
    """``value`` as JSON: itself where JSON has the type, else ``{type: text}``."""
    match value:
        case float() if not math.isfinite(value):
            return {"float": repr(value)}
        case bytes():
            return {"bytes": value.hex()}
        case Decimal():
            return {"decimal": str(value)}
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case timedelta():
            return {"timedelta": [value.days, value.seconds, value.microseconds]}
        case _:
            return value


_DECODERS: dict[str, Any] = {
    "float": float,
    "bytes": bytes.fromhex,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda parts: timedelta(*parts),
}


def from_json(stored: Any) -> Any:
    """The value that `to_json` made ``stored`` of."""
    if not isinstance(stored, dict):
        return stored
    ((name, text),) = stored.items()
    return _DECODERS[name](text)
