"""A bar in a notebook's output. It needs no widgets, which rich's own would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from markupsafe import Markup

from mlsnap.report.cells import printable
from mlsnap.report.tally import Tally, tally_text

_REDRAW = 0.5
"""Seconds between two looks."""

_NOTHING = {"text/plain": "", "text/html": ""}


@contextmanager
def bar(tally: Tally) -> Iterator[None]:
    """The time of a bar, redrawn by a thread; an empty output remains."""
    from IPython.display import display  # there, since a notebook is looking

    ended = Event()
    handle = display(_drawn(tally), raw=True, display_id=True)

    def redraw() -> None:
        while not ended.wait(_REDRAW):
            handle.update(_drawn(tally), raw=True)

    thread = Thread(target=redraw, name="mlsnap bar", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        handle.update(_NOTHING, raw=True)


def _drawn(tally: Tally) -> dict[str, str]:
    what, text, share = printable(tally.what), tally_text(tally), tally.share
    value = "" if share is None else Markup(' value="{:.3f}"').format(share)
    line = Markup("<div>{} <progress{}></progress> {}</div>").format(what, value, text)
    return {"text/plain": f"{what}: {text}", "text/html": str(line)}
