"""A bar for what takes a while: on a terminal, in a notebook, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from threading import Lock, Timer
from typing import Any

from mlsnap.report.tally import Tally
from mlsnap.values.work import Work

_PATIENCE = 1.0
"""Seconds after which the bar appears; what draws it is not imported before."""

_one_at_a_time = Lock()


@contextmanager
def work_bar(work: Work) -> Iterator[Callable[[float], None]]:
    """The time of a work, with a bar of its own once it has taken a second."""
    tally = Tally(work.doing)
    with shown(tally), tally.watch(work) as step:
        yield step


@contextmanager
def shown(tally: Tally) -> Iterator[None]:
    """Show how far ``tally`` is once it has taken a second; the bar is gone afterwards.

    Nothing is shown where stderr is neither a terminal nor a notebook, or has a bar already.
    """
    place = _place()
    if place is None or not _one_at_a_time.acquire(blocking=False):
        yield
        return
    try:
        with _after_a_while(lambda: _bar(place, tally)):
            yield
    finally:
        _one_at_a_time.release()


@contextmanager
def _after_a_while(bar: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    with ExitStack() as drawn:
        timer = Timer(_PATIENCE, lambda: drawn.enter_context(bar()))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _place() -> str | None:
    """Where people look: ``"notebook"``, ``"terminal"`` or nowhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is not None:
        return "notebook"
    return "terminal" if sys.stderr is not None and sys.stderr.isatty() else None


def _bar(place: str, tally: Tally) -> AbstractContextManager[Any]:
    bar: AbstractContextManager[Any] = import_module(f"mlsnap.report.{place}_bar").bar(tally)
    return bar
