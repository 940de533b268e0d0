"""Garbage in memory, which a command seldom lives long enough to be worth looking for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 20)
"""So many new objects before the next look: an import makes thousands, and they all stay."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """The time of a command."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def importing_for_good() -> Iterator[None]:
    """The time in which a command imports what it needs.

    What is there afterwards is never looked through again, nor when the process ends. Where the
    process has done other work before, nothing changes: that may have left garbage, and objects
    that want to be told of the end.
    """
    is_new = "numpy" not in sys.modules
    yield
    if is_new:
        gc.freeze()
