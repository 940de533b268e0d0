"""Garbage in memory, which a command seldom lives long enough to be worth looking for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
