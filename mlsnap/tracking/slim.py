"""MLflow, imported as it is where only its slim distribution is installed."""

from __future__ import annotations

import sys
from importlib import import_module

_LEFT_OUT = ("pandas", "polars", "pyspark", "scipy", "sklearn")
"""What MLflow imports if it is there and can do without; no call to a server needs it."""


def import_mlflow() -> None:
    """Import MLflow without those; they can be imported afterwards.

    For commands that only ask and tell MLflow something and run no code of the user's: it halves
    the time they start in. MLflow itself then takes no frames, for as long as the process lives.
    Nothing happens where it has been imported already.
    """
    if "mlflow" in sys.modules:
        return
    hidden = [name for name in _LEFT_OUT if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        import_module("mlflow")
    finally:
        for name in hidden:
            del sys.modules[name]
