"""A small DataFrame in memory, profiled again and again: the median of one call after import.

``in_process.py FILE mlsnap`` - or ``duckdb``, ``polars``, ``pandas``.
"""

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pandas as pd
from clock import repeated


def mlsnap_profile() -> Callable[[pd.DataFrame], Any]:
    """What ``mlsnap.profile`` gives."""
    import mlsnap

    return mlsnap.profile


def duckdb_summarize() -> Callable[[pd.DataFrame], Any]:
    """What DuckDB's SUMMARIZE gives."""
    import duckdb

    return lambda frame: duckdb.register("frame", frame).execute("SUMMARIZE frame").fetchall()


def polars_describe() -> Callable[[pd.DataFrame], Any]:
    """What Polars' describe gives, the frame's conversion included."""
    import polars as pl

    return lambda frame: pl.from_pandas(frame).describe()


def pandas_describe() -> Callable[[pd.DataFrame], Any]:
    """What pandas' describe gives, with skewness and kurtosis."""
    return lambda frame: (
        frame.describe(include="all"),
        frame.skew(numeric_only=True),
        frame.kurt(numeric_only=True),
    )


WAYS = {
    "mlsnap": mlsnap_profile,
    "duckdb": duckdb_summarize,
    "polars": polars_describe,
    "pandas": pandas_describe,
}

frame = pd.read_parquet(sys.argv[1])
profile = WAYS[sys.argv[2]]()
took = repeated(lambda: profile(frame), calls=101, warm_ups=10)
shape = {"rows": len(frame), "columns": frame.shape[1]}
versions = {name: version(name) for name in ("pandas", sys.argv[2])}
print(json.dumps({**shape, **took, "statistics": [], "versions": versions}))
