"""Who may speak on stderr: mlsnap's warnings in one line each, others only when debugging."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from mlsnap.cli.exit_codes import folded
from mlsnap.errors import MlsnapWarning

_QUIET = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "DVC_NO_ANALYTICS": "1",
}
"""Variables that libraries read when they are imported."""


@contextmanager
def quiet(*, debug: bool) -> Iterator[None]:
    """The time of a command. stdout belongs to the command alone, with ``debug`` too."""
    for name, value in _QUIET.items():
        if not debug or name != "MLFLOW_LOGGING_LEVEL":
            os.environ.setdefault(name, value)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    before = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.showwarning = _show
        if not debug:
            logging.disable(logging.ERROR)
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", MlsnapWarning)
        try:
            yield
        finally:
            logging.disable(before)


def _show(*said: Any, **more: Any) -> None:
    message, category, filename, *_ = said
    where = "" if issubclass(category, MlsnapWarning) else f" ({category.__name__}, {filename})"
    click.echo(f"Warning: {folded(str(message))}{where}", err=True)
