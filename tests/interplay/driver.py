"""A tracked call that has other processes make tracked calls: ``driver.py METHOD``."""

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
        import joblib

        joblib.Parallel(n_jobs=2)(joblib.delayed(bodies.counts)(df + at) for at in (1, 2))
        return
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        list(pool.map(bodies.counts, [df + 1, df + 2]))


if __name__ == "__main__":
    warnings.filterwarnings("error", category=mlsnap.errors.MlsnapWarning)
    maps_in_processes(pd.DataFrame({"x": [1, 2, 3]}), sys.argv[1])
