"""Rows of data as JSON, and files that appear when they are complete."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from typing import Any

import pandas as pd

from mlsnap.errors import NameTakenError


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A dict per row: dates as ISO 8601, what is missing or no number as ``None``."""
    names = [str(name) for name in frame.columns]
    rows = frame.itertuples(index=False, name=None)
    return [dict(zip(names, map(_cell, row), strict=True)) for row in rows]


@contextmanager
def appearing(file: Path, *, force: bool) -> Iterator[Path]:
    """A temporary name that becomes ``file`` when the block ends well.

    Raises
    ------
    NameTakenError
        If ``file`` exists and ``force`` does not allow to overwrite it.
    """
    if file.exists() and not force:
        raise NameTakenError(f"{file} exists", "pass --force to overwrite it, or name another file")
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.stem}-{secrets.token_hex(4)}{file.suffix}")
    try:
        yield unfinished
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


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
