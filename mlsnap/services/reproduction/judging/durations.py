"""What is called after a time that something took: no two runs take the same."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_TIMES = {
    *("time", "times", "runtime", "walltime", "duration", "durations", "elapsed", "latency"),
    *("throughput", "fps", "timestamp"),
}
_RATES = {"s", "sec", "second"}
_UNITS = {"sec", "secs", "seconds", "ms", "msec", "millis", "milliseconds"}


def is_duration(name: str) -> bool:
    """Whether ``name`` is that of a time, or of a number per time.

    >>> [is_duration(each) for each in ("fit_time", "epochSeconds", "samples/s", "time_steps")]
    [True, True, True, False]
    """
    words = [each.lower() for each in _WORD.findall(name)]
    last, before = (["", "", *words][-1], ["", "", *words][-2])
    if last in _TIMES or last in _UNITS:
        return True
    if last in _RATES:
        return before in _TIMES or before == "per" or name.endswith(f"/{last}")
    return (before, last) == ("time", "taken") or ("time" in words and before == "per")
