"""What time it is where everybody's signs of life are kept.

Machines that use one server may have clocks that differ. What they write for each other to
compare with *now* is in the server's time, as its answers tell it; with a database in place of a
server it is in their own.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

_UNNOTICED = 5.0
"""Seconds of difference that are none: an answer tells whole seconds, and takes its time."""

_ahead = 0.0


def now() -> float:
    """Seconds since 1970, by the server's clock."""
    return time.time() + _ahead


def compare(date: str | None, begun: float, ended: float) -> None:
    """Take note of the ``Date`` of an answer to a request made from ``begun`` to ``ended``.

    >>> compare("Tue, 01 Jan 2030 00:00:00 GMT", 0.0, 0.1)
    >>> now() - time.time() > 1_000_000_000
    True
    >>> compare(None, 0.0, 0.1)
    """
    global _ahead  # noqa: PLW0603 - a process has one server
    ahead = 0.0 if date is None else _seconds(date) - (begun + ended) / 2
    _ahead = ahead if abs(ahead) > _UNNOTICED else 0.0


def _seconds(date: str) -> float:
    return parsedate_to_datetime(date).timestamp()
