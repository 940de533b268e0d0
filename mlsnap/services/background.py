"""Work that goes on in a thread, and is done before the process ends."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from mlsnap.services import progress
from mlsnap.values.work import Work

_LOOK = 0.2
"""Seconds between two looks for Ctrl-C: where Polars is loaded, its handler of that signal lets
a thread that waits without end sleep on."""


def in_background(work: Callable[[], object], *, name: str) -> None:
    """Call ``work`` in a thread called ``name``; a script that ends waits for it.

    Ctrl-C during that wait cancels it: the reading of its table, if it is still under way, ends
    with a `KeyboardInterrupt`. It has no bar: whoever started it is busy with something else.
    """
    ended, canceled = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with progress.watched_by(_until(canceled)):
                work()
        finally:
            ended.set()

    threading.Thread(target=run, name=name).start()
    # Python joins threads at exit, too, but only after it has closed the pools that uploads need;
    # what is registered later than the pools' own hook runs before it.
    threading._register_atexit(lambda: _await(ended, canceled))  # type: ignore[attr-defined]


def _await(ended: threading.Event, canceled: threading.Event) -> None:
    """Wait; not by ``join``, which takes a thread for ended once it was interrupted."""
    try:
        while not ended.wait(_LOOK):
            pass
    except KeyboardInterrupt:
        canceled.set()
        ended.wait()


def _until(canceled: threading.Event) -> progress.Watch:
    def step(_count: float) -> None:
        if canceled.is_set():
            raise KeyboardInterrupt("the process that created it was interrupted as it ended")

    @contextlib.contextmanager
    def watch(_work: Work) -> Iterator[progress.Step]:
        yield step

    return watch
