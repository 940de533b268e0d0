"""A page of those beside MLflow's, made on the server, where MLflow is a database file.

Arguments: the file, which counts for nothing; the page: ``datasets``, ``dataset``, ``snapshot`` or
``comparison``; and ``first``, the first page of the process, or ``next``: the median of those that
follow it, each of data that was not shown before.
"""

import json
import subprocess
import sys
from statistics import median

import many_datasets
import wide_snapshots
from clock import Clock
from scratch import project

import mlsnap
from mlsnap.pages.standalone import ADDRESS, standalone_app
from mlsnap.services.workspace import open_workspace

_CALLS = 5
_PAIRS = [(f"v{number}", f"v{number + 1}") for number in range(1, wide_snapshots.MADE)]

ADDRESSES = {
    "datasets": _CALLS * ["/"],
    "dataset": _CALLS * ["/datasets/wide"],
    "snapshot": [f"/datasets/wide/{first}" for first, _ in _PAIRS],
    "comparison": [
        f"/compare?reference=wide@{first}&current=wide@{second}" for first, second in _PAIRS
    ],
}

what, which = sys.argv[2:]
with project() as folder:
    filled = many_datasets if what == "datasets" else wide_snapshots
    subprocess.run([sys.executable, str(filled.__file__), f"{folder}/mlflow.db"], check=True)
    browser = standalone_app(open_workspace()).test_client()
    clock, took = Clock(), []
    for address in ADDRESSES[what]:
        answer = clock(browser.get, ADDRESS + address, base_url="http://localhost")
        assert answer.status_code == 200, answer.text
        took.append(clock.figures)
counted = took[:1] if which == "first" else took[1:]
figures = {name: median(each[name] for each in counted) for name in clock.figures}
shape = {"rows": wide_snapshots.SNAPSHOTS, "columns": wide_snapshots.COLUMNS}
print(json.dumps({**shape, **figures, "versions": {"mlsnap": mlsnap.__version__}}))
