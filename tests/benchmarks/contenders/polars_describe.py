"""Polars' describe of a Parquet or CSV file."""

import json
import sys

import polars as pl

path = sys.argv[1]
frame = pl.read_csv(path, try_parse_dates=True) if path.endswith(".csv") else pl.read_parquet(path)
description = frame.describe()
shape = {"rows": frame.height, "columns": description.width - 1}
statistics = description["statistic"].to_list()
print(json.dumps({**shape, "statistics": statistics, "versions": {"polars": pl.__version__}}))
