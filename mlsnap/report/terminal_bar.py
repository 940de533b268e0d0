"""A bar on a terminal's last line."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mlsnap.report.cells import printable
from mlsnap.report.tally import Tally, tally_text

_WIDTH = 16


def bar(tally: Tally) -> AbstractContextManager[Any]:
    """The time of a bar on stderr, redrawn by a thread; stdout is left alone."""
    console = Console(stderr=True)
    if console.is_dumb_terminal:
        return nullcontext()
    return Live(
        get_renderable=lambda: _line(tally),
        console=console,
        transient=True,
        redirect_stdout=False,
    )


def _line(tally: Tally) -> Table:
    line = Table.grid(padding=(0, 1))
    line.add_column(no_wrap=True, overflow="ellipsis")
    line.add_column(width=_WIDTH)
    line.add_column(no_wrap=True)
    line.add_row(Text(printable(tally.what)), _drawn(tally.share), Text(tally_text(tally)))
    return line


def _drawn(share: float | None) -> ProgressBar:
    if share is None:
        return ProgressBar(None, width=_WIDTH, pulse=True)
    return ProgressBar(1.0, share, width=_WIDTH)
