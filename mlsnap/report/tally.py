"""How many rows were read or bytes moved so far, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from mlsnap.report.sizes import bytes_text
from mlsnap.values.work import Work


class Count:
    """How far one work is. Any thread may count."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.done = 0.0
        self._begun = monotonic()
        self._lock = Lock()

    def step(self, more: float) -> None:
        """Say that so many more are done."""
        with self._lock:
            self.done += more

    @property
    def per_second(self) -> float:
        """The mean since it began."""
        return self.done / max(monotonic() - self._begun, 1e-9)

    @property
    def share(self) -> float | None:
        """What part is done, a fraction 0-1; ``None`` where that is not known."""
        return min(self.done / self.work.total, 1.0) if self.work.total else None


class Tally:
    """What is going on, and how far it is; of several works at once, how far the latest is."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._begun = monotonic()
        self._counts: tuple[Count, ...] = ()
        self._lock = Lock()

    @contextmanager
    def watch(self, work: Work) -> Iterator[Callable[[float], None]]:
        """The time of a work; the block calls what it gets with what was done since."""
        count = Count(work)
        with self._lock:
            self._counts += (count,)
        try:
            yield count.step
        finally:
            with self._lock:
                self._counts = tuple(each for each in self._counts if each is not count)

    @property
    def count(self) -> Count | None:
        """How far the latest work is; ``None`` while there is none."""
        counts = self._counts
        return counts[-1] if counts else None

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return monotonic() - self._begun

    @property
    def share(self) -> float | None:
        """What part of the work is done, a fraction 0-1; ``None`` where that is not known."""
        count = self.count
        return count.share if count else None


def tally_text(tally: Tally) -> str:
    """How far it is, or the time it took while nothing can be counted.

    ``2,000,000 of 8,000,000 rows, 1,000,000 rows/s`` or
    ``sending 120.0 MB of 554.0 MB, 85.0 MB/s``.
    """
    count = tally.count
    if count is None:
        return f"{tally.seconds:.0f} s"
    if count.work.unit == "rows":
        return _rows_text(count)
    doing = count.work.doing
    return _bytes_text(count) if tally.what.startswith(doing) else f"{doing} {_bytes_text(count)}"


def _rows_text(count: Count) -> str:
    total = count.work.total
    done = f"{min(count.done, total):,.0f} of {total:,}" if total else f"{count.done:,.0f}"
    return f"{done} rows, {count.per_second:,.0f} rows/s"


def _bytes_text(count: Count) -> str:
    total, done = count.work.total, int(count.done)
    far = f"{bytes_text(min(done, total))} of {bytes_text(total)}" if total else bytes_text(done)
    return f"{far}, {bytes_text(int(count.per_second))}/s"
