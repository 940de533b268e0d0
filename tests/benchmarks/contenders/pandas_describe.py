"""pandas' describe of a Parquet file, all columns; with ``moments``, skew and kurt too."""

import json
import sys

import pandas as pd

frame = pd.read_parquet(sys.argv[1])
description = frame.describe(include="all")
statistics = list(description.index)
if "moments" in sys.argv[2:]:
    skewness, kurtosis = frame.skew(numeric_only=True), frame.kurt(numeric_only=True)
    statistics += ["skew"] * bool(len(skewness)) + ["kurt"] * bool(len(kurtosis))

shape = {"rows": len(frame), "columns": description.shape[1]}
print(json.dumps({**shape, "statistics": statistics, "versions": {"pandas": pd.__version__}}))
