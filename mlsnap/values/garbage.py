"""Garbage in memory, for which it seldom pays to look while much is made that stays."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 20)
"""So many new objects before the next look: an import makes thousands, and they all stay."""

_LOCK = threading.Lock()
_BEFORE: list[tuple[int, int, int]] = []
"""What held before each one who wants it otherwise came; the first of them counts."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """The time of such work; several threads may do some at once."""
    with _LOCK:
        _BEFORE.append(gc.get_threshold())
        gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _LOCK:
            first = _BEFORE[0]
            _BEFORE.pop()
            gc.set_threshold(*(_SELDOM if _BEFORE else first))
