"""How many rows were read so far, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic


class Tally:
    """What is going on, and how far it is. Any thread may count.

    ``total_rows`` is ``None`` where nobody knows how many there are; ``rows`` is ``None`` while
    nothing is being read.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self.total_rows: int | None = None
        self.rows: float | None = None
        self._begun = monotonic()
        self._reading_since = self._begun
        self._lock = Lock()

    @contextmanager
    def reading(self, total_rows: int | None) -> Iterator[Callable[[float], None]]:
        """The time of a reading; the block calls what it gets with the rows read since."""
        with self._lock:
            self.total_rows, self.rows, self._reading_since = total_rows, 0, monotonic()
        try:
            yield self._step
        finally:
            self.total_rows = self.rows = None

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return monotonic() - self._begun

    @property
    def rows_per_second(self) -> float:
        """The mean since reading began."""
        return (self.rows or 0) / max(monotonic() - self._reading_since, 1e-9)

    @property
    def share(self) -> float | None:
        """What part is done, a fraction 0-1; ``None`` where that is not known."""
        if self.rows is None or not self.total_rows:
            return None
        return min(self.rows / self.total_rows, 1.0)

    def _step(self, rows: float) -> None:
        with self._lock:
            self.rows = (self.rows or 0) + rows


def tally_text(tally: Tally) -> str:
    """How far it is: ``2,000,000 of 8,000,000 rows, 1,000,000 rows/s``, or the time it took."""
    rows = tally.rows
    if rows is None:
        return f"{tally.seconds:.0f} s"
    done = f"{rows:,.0f}"
    if tally.total_rows:
        done = f"{min(rows, tally.total_rows):,.0f} of {tally.total_rows:,}"
    return f"{done} rows, {tally.rows_per_second:,.0f} rows/s"
