"""Spans of time as people write them."""

from __future__ import annotations

import re
from datetime import timedelta

from mlsnap.errors import ConfigError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


def seconds_of(span: str | float | timedelta) -> float:
    """Seconds of a time span: a number of seconds, or a number with s, m, h, d or w behind.

    Raises
    ------
    ConfigError
        If it is none, or below zero.

    Examples
    --------
    >>> seconds_of("24h"), seconds_of("1.5d"), seconds_of(90)
    (86400.0, 129600.0, 90.0)
    """
    if isinstance(span, timedelta):
        span = span.total_seconds()
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([smhdw]?)\s*", str(span))
    if found is None:
        raise ConfigError(
            f"{span!r} is no time span", "write it as 90s, 30m, 24h, 7d or 2w, or in seconds"
        )
    return float(found[1]) * _UNITS[found[2] or "s"]


def span_text(seconds: float) -> str:
    """A time span in its largest whole unit.

    Examples
    --------
    >>> span_text(86_400), span_text(5_400), span_text(12)
    ('1 day', '90 minutes', '12 seconds')
    """
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size * (1 if unit == "day" else 2):
            return _counted(int(seconds // size), unit)
    return _counted(int(seconds), "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
