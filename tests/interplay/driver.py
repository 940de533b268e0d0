"""Tracked calls that have other processes make tracked calls: ``driver.py METHOD...``."""

import multiprocessing
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor

import bodies
import pandas as pd

import mlsnap


@mlsnap.track
def maps_in_processes(df: pd.DataFrame, method: str) -> None:
    if method == "loky":
        from joblib.externals.loky import get_reusable_executor

        list(get_reusable_executor(1).map(bodies.counts, [df + 1, df + 2]))
        return
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        list(pool.map(bodies.counts, [df + 1, df + 2]))


if __name__ == "__main__":
    warnings.filterwarnings("error", category=mlsnap.errors.MlsnapWarning)
    for method in sys.argv[1:]:
        maps_in_processes(pd.DataFrame({"x": [1, 2, 3]}), method)
