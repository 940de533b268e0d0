"""Garbage in memory, which a command seldom lives long enough to be worth looking for."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 20)
"""So many new objects before the next look: an import makes thousands that all stay."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """The time of a command; when its process ends, its memory goes back as a whole."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        gc.set_threshold(*before)
