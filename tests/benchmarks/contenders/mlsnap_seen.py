"""What `mlsnap.track` adds to a training on data that was seen before, over HTTP.

Arguments: the file, which counts for nothing, and how many columns and rows the table has. A call
of the tracked function, less one that logs the same itself and less what reading the table takes
(a large one is hashed, a small one profiled too), is what is added; each is called in turn, and
the medians count.
"""

import json
import os
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median

import mlflow
import numpy as np
import pandas as pd
from clock import Clock
from scratch import server

import mlsnap
from mlsnap.data import carriers
from mlsnap.profiling.one_pass import digest_rows

TRAINING = """
import mlsnap

@mlsnap.track
def fit(df, alpha=0.5):
    return {"rmse": 1.0}
"""
_LARGE, _WARM_UPS = 1 << 20, 2


def plain() -> None:
    """The training without mlsnap."""
    with mlflow.start_run():
        mlflow.log_params({"alpha": 0.5})
        mlflow.log_metrics({"rmse": 1.0})


columns, rows = map(int, sys.argv[2:])
large = rows * columns > _LARGE
random = np.random.default_rng(1)
table = pd.DataFrame({f"column {number}": random.normal(size=rows) for number in range(columns)})
read = partial(digest_rows, carriers.encode(table)) if large else partial(mlsnap.profile, table)
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
    for _ in range(_WARM_UPS + (5 if large else 15)):
        clock(fit, table)
        tracked = clock.figures
        clock(plain)
        logged = clock.figures
        clock(read)
        added.append({name: tracked[name] - logged[name] - clock.figures[name] for name in tracked})
took = {name: median(each[name] for each in added[_WARM_UPS:]) for name in clock.figures}
versions = {"mlsnap": mlsnap.__version__}
print(json.dumps({"rows": rows, "columns": columns, **took, "versions": versions}))
