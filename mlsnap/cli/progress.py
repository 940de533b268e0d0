"""A bar for a command that takes a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mlsnap.report.bars import shown
from mlsnap.report.tally import Tally
from mlsnap.services import progress


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal that ``what`` is going on, once it has taken a second.

    While a table is read, the bar says how many of its rows are done; while a copy is moved, how
    many of its bytes.
    """
    tally = Tally(what)
    with shown(tally), progress.watched_by(tally.watch):
        yield
