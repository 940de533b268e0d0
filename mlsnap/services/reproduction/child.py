"""The process in which a run's calls are made again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from mlsnap.errors import NotReproducibleError


def call_again(order: dict[str, Any], folder: Path) -> str | None:
    """Run `rerun` with ``order`` in a fresh process; what the training raised, or ``None``.

    Raises
    ------
    NotReproducibleError
        If it could not be called.
    """
    file = folder / "order.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    child = subprocess.run(
        [sys.executable, "-m", "mlsnap.services.reproduction.rerun", str(file)],
        cwd=folder,  # whose modules come first: nothing of the user's folder may
        env=_variables(order),
        stdout=sys.stderr,
        check=False,
    )
    failure = Path(order["failure"])
    if not failure.exists():
        return None if child.returncode == 0 else f"the process ended with code {child.returncode}"
    why = json.loads(failure.read_text(encoding="utf-8"))
    if "missing" in why:
        raise NotReproducibleError(why["missing"], why["hint"])
    return str(why["raised"])


def _variables(order: dict[str, Any]) -> dict[str, str]:
    """Those of this process, with the recorded ones and without a run to join."""
    inherited = {name: value for name, value in os.environ.items() if name != "MLFLOW_RUN_ID"}
    recorded = order["calls"][0]["call"]["environment"]["variables"]
    return {**inherited, **recorded, "MLFLOW_TRACKING_URI": order["tracking_uri"]}
