"""`mlsnap reproduce` of the demo's training, from an empty folder.

Arguments: the file, which counts for nothing, and ``first`` for the time of the run that builds the
environment, or ``again`` for that of the next one.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import mlsnap


def command(*words: str, at: Path) -> Any:
    """What a command of mlsnap prints as JSON; it must not fail."""
    line = [sys.executable, "-m", "mlsnap", *words, "--json"]
    return json.loads(subprocess.run(line, cwd=at, stdout=subprocess.PIPE, check=True).stdout)


def cpu() -> float:
    """CPU seconds of all processes that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


with tempfile.TemporaryDirectory() as scratch:
    folder = Path(scratch)
    os.environ["MLSNAP_CACHE_DIRECTORY"] = f"{folder}/cache"
    run = command("demo", f"{folder}/demo", at=folder)["first_run"]
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/demo/mlflow.db"
    for _ in range(1 if sys.argv[2] == "first" else 2):
        began, spent = time.perf_counter(), cpu()
        report = command("reproduce", run, "--env", "isolated", "--yes", at=elsewhere)
        took = {"wall": time.perf_counter() - began, "cpu": cpu() - spent}
assert report["verdict"] == "identical", report
print(json.dumps({"rows": 178, "columns": 16, **took, "versions": {"mlsnap": mlsnap.__version__}}))
