"""How a command ends: its exit code, and what an error says."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import click

from mlsnap.cli import late
from mlsnap.errors import MlsnapError, NotReproducibleError

DIFFERENT = 1
"""A limit was exceeded, a rerun came out different, or stored data is damaged."""

ERROR = 3
NOT_REPRODUCIBLE = 4
TRAINING_RAISED = 5
INTERRUPTED = 130


def exit_code_of(run: Callable[[], Any], *, debug: bool) -> int:
    """The exit code of ``run()``; what it raises is said on stderr, with ``debug`` in full."""
    try:
        ended = run()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except Exception as error:
        if debug:
            click.echo(traceback.format_exc(), err=True, nl=False)
        for line in _lines(error):
            click.echo(line, err=True)
        return NOT_REPRODUCIBLE if isinstance(error, NotReproducibleError) else ERROR
    return ended if isinstance(ended, int) else 0


def folded(text: str) -> str:
    """``text`` in one line that steers no terminal."""
    return late.printable(" ".join(line.strip() for line in text.splitlines() if line.strip()))


def _lines(error: Exception) -> tuple[str, str]:
    if isinstance(error, MlsnapError):
        return f"Error: {folded(error.fact)}", f"Hint: {folded(error.hint)}"
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"Error: {folded(said)}", "Hint: this was not expected; --debug shows where it happened"
