"""`mlsnap compare RUN RUN` on a tracking server of its own: the median of several processes.

Arguments: the file, whose halves the two runs saw; and ``whole`` for the whole process, or ``own``
for importing mlsnap's own modules, as the interpreter counts it.
"""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import mlflow
import pyarrow.parquet as pq
from clock import Clock
from halves import halves, shape
from scratch import server

import mlsnap

CALLS = 5


def run_on(path: str) -> str:
    """The id of a run that saw the table at ``path``."""
    with mlflow.start_run() as run:
        mlsnap.log_snapshot(pq.read_table(path), context="training")
    return run.info.run_id


def whole(command: list[str]) -> dict[str, float]:
    """CPU and wall seconds of one call of the command."""
    clock, before = Clock(), resource.getrusage(resource.RUSAGE_CHILDREN)
    clock(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": cpu, "wall": clock.wall}


def own(command: list[str]) -> dict[str, float]:
    """Seconds that importing mlsnap's own modules takes in one call, but what they import."""
    environment = {**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}
    done = subprocess.run(
        [sys.executable, *command], check=True, capture_output=True, text=True, env=environment
    )
    lines = re.findall(r"import time:\s*(\d+) \|\s*\d+ \|\s*mlsnap[.\w]*$", done.stderr, re.M)
    seconds = sum(map(int, lines)) / 1e6
    return {"cpu": seconds, "wall": seconds}


sys.argv[1] = str(Path(sys.argv[1]).absolute())
program = str(Path(sys.executable).with_name("mlsnap"))
with server(), halves() as paths:
    runs = [run_on(path) for path in paths]
    call = {"whole": whole, "own": own}[sys.argv[2]]
    calls = [call([program, "compare", *runs]) for _ in range(CALLS + 1)][1:]
took = {name: median(each[name] for each in calls) for name in ("cpu", "wall")}
versions = {"mlsnap": mlsnap.__version__, "mlflow": mlflow.__version__}
print(json.dumps({**shape(), **took, "versions": versions}))
