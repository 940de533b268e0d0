"""Work that threads do ahead of the one who takes its results."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_BYTES = 1 << 27
"""Bytes of items that are under way at once, unless more are allowed."""

_LOOK = 0.2
"""Seconds between two looks for Ctrl-C, which a wait without end can sleep through."""


def in_order(
    function: Callable[[T], R],
    items: Iterable[T],
    *,
    jobs: int,
    size: Callable[[T], int] = lambda item: 0,
    most: int = MOST_BYTES,
) -> Generator[R, None, None]:
    """What ``function`` makes of each item, in the order of the items.

    The work is done by ``jobs`` threads; no more than twice as many items, and none that have more
    than ``most`` bytes together, are under way or waiting to be taken. After an error, or when the
    iterator is closed, nothing more is begun, and what was begun has ended.

    Parameters
    ----------
    size
        Bytes of an item.
    most
        Bytes of items that are under way at once, if there is more than one.
    """
    with ThreadPoolExecutor(jobs, thread_name_prefix="mlsnap") as pool:
        waiting: deque[tuple[Future[R], int]] = deque()
        held = 0
        try:
            for item in items:
                weight = size(item)
                while waiting and (len(waiting) >= 2 * jobs or held + weight > most):
                    done, freed = waiting.popleft()
                    held -= freed
                    yield _result(done)
                waiting.append((pool.submit(function, item), weight))
                held += weight
            while waiting:
                yield _result(waiting.popleft()[0])
        finally:
            pool.shutdown(cancel_futures=True)


def _result(future: Future[R]) -> R:
    while not future.done():
        wait([future], timeout=_LOOK)
    return future.result()
