"""ydata-profiling's minimal report of a Parquet file: its numbers, without drawing the page."""

import json
import os
import sys
from importlib.metadata import version

os.environ["YDATA_PROFILING_NO_ANALYTICS"] = "True"

import pandas as pd
from ydata_profiling import ProfileReport

frame = pd.read_parquet(sys.argv[1])
columns = ProfileReport(frame, minimal=True, progress_bar=False).get_description().variables
statistics = sorted({name for column in columns.values() for name in column})
shape = {"rows": len(frame), "columns": len(columns)}
versions = {"ydata-profiling": version("ydata-profiling"), "pandas": pd.__version__}
print(json.dumps({**shape, "statistics": statistics, "versions": versions}))
