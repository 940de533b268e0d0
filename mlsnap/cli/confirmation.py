"""Asking before something that cannot be taken back."""

from __future__ import annotations

import signal
import sys
import threading

import click


def require_answer(*, yes: bool) -> None:
    """A usage error where nobody is there to ask and ``--yes`` was not given."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: pass --yes to go on without asking")


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless ``yes``; a no ends the command as interrupted."""
    require_answer(yes=yes)
    if not yes:
        _hear_interrupts()
        click.confirm(question, abort=True, err=True)


def _hear_interrupts() -> None:
    """Take Ctrl-C back: with a library's handler (Polars has one) a prompt would go on."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
