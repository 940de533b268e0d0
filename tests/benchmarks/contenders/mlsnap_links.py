"""A snapshot, or the runs that used it, found among 10,000 runs: the median of some calls.

Arguments: the file, which counts for nothing; what is found: ``name``, ``digest``, ``latest``,
``few`` or ``many``; and where MLflow is: ``database`` or ``server``.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import many_runs
from clock import repeated
from scratch import project, server

import mlsnap
from mlsnap.services.references import find_snapshot


def finding(what: str, dataset: mlsnap.Dataset) -> Callable[[], object]:
    """What is called again and again."""
    match what:
        case "name":
            return lambda: find_snapshot("crime@many")
        case "digest":
            digest = dataset.get_snapshot("many").digest
            return lambda: find_snapshot(f"crime@sha256:{digest}")
        case "latest":
            return lambda: find_snapshot("crime@latest")
        case _:
            return lambda: find_snapshot(f"crime@{what}").runs()


what, where = sys.argv[2:]
with {"database": project, "server": server}[where]() as folder:
    dataset = many_runs.fill(Path(folder) / "mlflow.db")
    took = repeated(finding(what, dataset), calls=9, warm_ups=2)
    found = finding(what, dataset)()
expected = {"few": many_runs.FEW, "many": many_runs.MANY}
assert what not in expected or len(found) == expected[what]
versions = {"mlsnap": mlsnap.__version__}
print(json.dumps({"rows": many_runs.RUNS, "columns": 0, **took, "versions": versions}))
