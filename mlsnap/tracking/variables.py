"""Environment variables that tell MLflow's client how to behave, for the time of a block."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_lock = threading.Lock()
_before: dict[str, str | None] = {}
_blocks: list[dict[str, str]] = []


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Set variables; what they were comes back when the last block, of any thread, has ended.

    Of several blocks the one that began last counts. `change` sets more for a block.
    """
    block: dict[str, str] = {}
    with _lock:
        _blocks.append(block)
    change(block, values)
    try:
        yield block
    finally:
        with _lock:
            _blocks[:] = [each for each in _blocks if each is not block]
            _apply()


def change(block: dict[str, str], values: Mapping[str, str]) -> None:
    """Set variables for the rest of the ``block`` that `variables` gave."""
    with _lock:
        for name in values:
            _before.setdefault(name, os.environ.get(name))
        block.update(values)
        _apply()


def is_users(name: str) -> bool:
    """Whether the user has set the variable, and not one of the blocks."""
    return _before.get(name, os.environ.get(name)) is not None


def _apply() -> None:
    wanted = dict(_before)
    for block in _blocks:
        wanted.update(block)
    for name, value in wanted.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    if not _blocks:
        _before.clear()
