"""What `mlsnap.track` adds to a training on data that was seen before, over HTTP.

Arguments: the file, which counts for nothing, and how many columns the table has. A call of the
tracked function, less one that logs the same itself and less the profiling, is what is added;
each is called in turn, and the medians count.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from statistics import median

import mlflow
import numpy as np
import pandas as pd
from clock import Clock
from scratch import server

import mlsnap

TRAINING = """
import mlsnap

@mlsnap.track
def fit(df, alpha=0.5):
    return {"rmse": 1.0}
"""
_ROWS, _WARM_UPS, _CALLS = 1_000, 3, 15


def plain() -> None:
    """The training without mlsnap."""
    with mlflow.start_run():
        mlflow.log_params({"alpha": 0.5})
        mlflow.log_metrics({"rmse": 1.0})


columns = int(sys.argv[2])
values = np.random.default_rng(1).normal(size=(_ROWS, columns))
table = pd.DataFrame(values, columns=[f"column {number}" for number in range(columns)])
with server() as folder:
    repository = folder / "repository"
    repository.mkdir()
    os.chdir(repository)
    Path("training.py").write_text(TRAINING)
    subprocess.run(["git", "init", "--quiet"], check=True)
    author = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", "add", "training.py"], check=True)
    subprocess.run(["git", *author, "commit", "--quiet", "--message", "a training"], check=True)
    sys.path.insert(0, str(repository))
    fit = import_module("training").fit
    clock, added = Clock(), []
    for _ in range(_WARM_UPS + _CALLS):
        clock(fit, table)
        tracked = clock.figures
        clock(plain)
        logged = clock.figures
        clock(mlsnap.profile, table)
        profiled = clock.figures
        added.append({name: tracked[name] - logged[name] - profiled[name] for name in tracked})
took = {name: median(each[name] for each in added[_WARM_UPS:]) for name in clock.figures}
versions = {"mlsnap": mlsnap.__version__}
print(json.dumps({"rows": _ROWS, "columns": columns, **took, "versions": versions}))
