"""Waiting for what may never answer, such as a remote that is out of reach."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import TypeVar

T = TypeVar("T")

_AT_ONCE = BoundedSemaphore(4)
"""What nobody waits for any more still holds its place until it ends, so it cannot pile up."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises, if that takes no longer.

    Raises
    ------
    TimeoutError
        If it takes longer, or too many are still at work that took longer.
    """
    if not _AT_ONCE.acquire(timeout=seconds):
        raise TimeoutError("The server still waits for other data that takes long to come.")
    answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
    Thread(target=_work, args=(work, answers), name="mlsnap rows", daemon=True).start()
    try:
        found, error = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"The data did not come within {seconds:g} seconds.") from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]


def _work(
    work: Callable[[], T], answers: SimpleQueue[tuple[T | None, BaseException | None]]
) -> None:
    try:
        answers.put((work(), None))
    except BaseException as error:
        answers.put((None, error))
    finally:
        _AT_ONCE.release()
