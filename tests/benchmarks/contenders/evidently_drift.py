"""Evidently's drift preset on the two halves of a table, which it needs the rows of."""

import json
from importlib.metadata import version

import pandas as pd
from clock import Clock
from evidently import Report
from evidently.presets import DataDriftPreset
from halves import halves, shape


def drift(reference: str, current: str) -> dict:
    """What the preset finds, from two Parquet files."""
    before, after = pd.read_parquet(reference), pd.read_parquet(current)
    found: dict = Report([DataDriftPreset()]).run(after, before).dict()
    return found


clock = Clock()
with halves() as paths:
    found = clock(drift, *paths)
columns = sum("column" in each["config"] for each in found["metrics"])
remark = f"one distance in each of {columns} columns"
versions = {"evidently": version("evidently"), "pandas": pd.__version__}
print(json.dumps({**shape(), **clock.figures, "remark": remark, "versions": versions}))
