"""Rows of data as JSON."""

from __future__ import annotations

import math
from datetime import date, time
from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A dict per row: dates as ISO 8601, what is missing or no number as ``None``."""
    names = [str(name) for name in frame.columns]
    rows = frame.itertuples(index=False, name=None)
    return [dict(zip(names, map(_cell, row), strict=True)) for row in rows]


def _cell(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    match value:
        case dict():
            return {str(key): _cell(each) for key, each in value.items()}
        case list() | tuple():
            return [_cell(each) for each in value]
        case _:
            return None if _is_nothing(value) else _scalar(value)


def _is_nothing(value: Any) -> bool:
    infinite = isinstance(value, float) and not math.isfinite(value)
    return value is None or value is pd.NA or value is pd.NaT or infinite


def _scalar(value: Any) -> Any:
    match value:
        case bool() | int() | float() | str():
            return value
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)
