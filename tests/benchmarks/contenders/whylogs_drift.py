"""whylogs' drift scores of the two halves of a table.

Arguments: the file, and what the clock runs for: ``tables``, profiling both files and comparing, or
``stored``, reading two stored profiles and comparing.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"

import pandas as pd
import whylogs
from clock import Clock
from halves import halves, shape
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores


def view_of(path: str) -> whylogs.DatasetProfileView:
    """The profile of a Parquet file."""
    return whylogs.log(pd.read_parquet(path)).view()


def scores(reference: whylogs.DatasetProfileView, current: whylogs.DatasetProfileView) -> dict:
    """A score for each column whose type has one."""
    return calculate_drift_scores(target_view=current, reference_view=reference)


def of_tables(reference: str, current: str) -> dict:
    """Profiled and compared."""
    return scores(view_of(reference), view_of(current))


def of_stored(paths: list[Path]) -> dict:
    """Read from where whylogs wrote them, and compared."""
    return scores(*(whylogs.DatasetProfileView.read(str(path)) for path in paths))


clock = Clock()
with halves() as paths, tempfile.TemporaryDirectory() as scratch:
    if sys.argv[2] == "stored":
        files = [Path(scratch) / f"{number}.bin" for number in range(2)]
        for file, path in zip(files, paths, strict=True):
            view_of(path).write(str(file))
        found = clock(of_stored, files)
    else:
        found = clock(of_tables, *paths)
scored = sum(each is not None for each in found.values())
remark = f"one score in each of {scored} columns of {len(found)}"
versions = {"whylogs": whylogs.__version__}
print(json.dumps({**shape(), **clock.figures, "remark": remark, "versions": versions}))
