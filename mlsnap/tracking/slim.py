"""MLflow, imported as it is where only its slim distribution is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

_LEFT_OUT = ("pandas", "polars", "pyspark", "scipy", "sklearn")
"""What MLflow imports if it is there and can do without; no call to a server needs it."""

_NOT_ASKED = ("IPython", "pyspark")
"""What MLflow's calls import to ask for a notebook or a session; a new process has neither."""


@contextmanager
def slim_mlflow() -> Iterator[None]:
    """Import MLflow without those, and let none of its calls within import what it only asks.

    For commands that only ask and tell MLflow something and run no code of the user's: it halves
    the time they take. What was left out can be imported afterwards; MLflow itself then takes no
    frames, for as long as the process lives. Nothing happens where it has been imported already.
    """
    if "mlflow" in sys.modules:
        yield
        return
    with _absent(_LEFT_OUT):
        import_module("mlflow")
    with _absent(_NOT_ASKED):
        yield


@contextmanager
def _absent(names: tuple[str, ...]) -> Iterator[None]:
    """Importing one of them that has not been imported yet fails as if it were not installed."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
