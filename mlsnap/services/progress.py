"""How far the reading of a table or the moving of a copy is, told to whoever shows it.

Nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from mlsnap.values.work import Work

Step = Callable[[float], None]
"""Says that some more rows were read, or bytes moved; any thread may call it."""

Watch = Callable[[Work], AbstractContextManager[Step]]
"""Follows one work."""

_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)
_usual: list[Watch] = []


def reading(total_rows: int | None) -> AbstractContextManager[Step]:
    """The time of reading a table; the block calls what it gets with the rows done since.

    Reading one column of ten of a table counts as a tenth of its rows. Where nobody watches, the
    call does nothing. Threads that the block starts call the same function.

    Examples
    --------
    >>> with reading(1_000) as step:
    ...     step(600)
    ...     step(400)
    """
    return _watched(Work("reading", "rows", total_rows))


def transfer(total_bytes: int | None, doing: str = "sending") -> AbstractContextManager[Step]:
    """The time of moving bytes; the block calls what it gets with the bytes moved since.

    Parameters
    ----------
    total_bytes
        How many there are; ``None`` where that shows on the way.
    doing
        What is done with them: ``sending``, ``fetching``, ``checking``.

    Examples
    --------
    >>> with transfer(1_000_000, "fetching") as step:
    ...     step(1_000_000)
    """
    return _watched(Work(doing, "bytes", total_bytes))


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """What the block does, in this thread, is followed by ``watch``."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def unwatched() -> AbstractContextManager[None]:
    """What the block does, in this thread, is followed by nobody."""
    return watched_by(_unseen)


def watch_all(watch: Watch) -> None:
    """From now on, work that has no watch of its own is followed by ``watch``."""
    _usual[:] = [watch]


@contextmanager
def _watched(work: Work) -> Iterator[Step]:
    watch = _watch.get() or (_usual[-1] if _usual else _unseen)
    with watch(work) as step:
        yield step


@contextmanager
def _unseen(_work: Work) -> Iterator[Step]:
    yield _ignore


def _ignore(_count: float) -> None:
    pass
