"""How far the reading of a table is, told to whoever shows it. Nothing is printed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

Step = Callable[[float], None]
"""Says that some more rows were read; any thread may call it."""

Watch = Callable[[int | None], AbstractContextManager[Step]]
"""Follows one reading of so many rows, of ``None`` where their number is not known."""

_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)
_usual: list[Watch] = []


@contextmanager
def reading(total_rows: int | None) -> Iterator[Step]:
    """The time of reading a table; the block calls what it gets with the rows done since.

    Reading one column of ten of a table counts as a tenth of its rows. Where nobody watches, the
    call does nothing. Threads that the block starts call the same function.

    Examples
    --------
    >>> with reading(1_000) as step:
    ...     step(600)
    ...     step(400)
    """
    watch = _watch.get() or (_usual[-1] if _usual else _unseen)
    with watch(total_rows) as step:
        yield step


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """The readings of the block, in this thread, are followed by ``watch``."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def unwatched() -> AbstractContextManager[None]:
    """The readings of the block, in this thread, are followed by nobody."""
    return watched_by(_unseen)


def watch_all(watch: Watch) -> None:
    """From now on, readings that have no watch of their own are followed by ``watch``."""
    _usual[:] = [watch]


@contextmanager
def _unseen(_total_rows: int | None) -> Iterator[Step]:
    yield _ignore


def _ignore(_rows: float) -> None:
    pass
