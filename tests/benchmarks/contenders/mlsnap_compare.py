"""The two halves of a table compared by mlsnap, in every distance.

Arguments: the file, and what the clock runs for: ``tables``, profiling both files and comparing;
``stored``, reading two stored profiles and comparing; ``profiles``, comparing alone, the median of
several calls.
"""

import json
import sys
from pathlib import Path

import pyarrow as pa
from clock import Clock, repeated
from halves import halves, shape

import mlsnap
from mlsnap.cli.processor import start_numpy
from mlsnap.values.difference import Difference
from mlsnap.values.profile import Profile


def of_stored(texts: tuple[str, ...]) -> Difference:
    """What differs between two profiles that were stored as JSON."""
    return mlsnap.compare(*map(Profile.from_json, texts))


start_numpy(algebra=False)
mlsnap.compare(*[pa.table({"x": [1.0, 2.0]})] * 2)  # so that all is imported
clock = Clock()
with halves() as paths:
    match sys.argv[2]:
        case "tables":
            difference = clock(mlsnap.compare, *map(Path, paths))
            took = clock.figures
        case "stored":
            texts = tuple(mlsnap.profile(path).to_json() for path in paths)
            difference = clock(of_stored, texts)
            took = clock.figures
        case "profiles":
            profiles = [mlsnap.profile(path) for path in paths]
            difference = mlsnap.compare(*profiles)
            took = repeated(lambda: mlsnap.compare(*profiles), calls=9, warm_ups=2)
distances = {name for column in difference for name in column.distances}
remark = f"{len(distances)} distances in each of {len(difference)} columns"
versions = {"mlsnap": mlsnap.__version__}
print(json.dumps({**shape(), **took, "remark": remark, "versions": versions}))
