"""Calls of mlsnap made by several processes at one moment."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import mlflow
import pandas as pd

import mlsnap
from mlsnap.errors import MlsnapError

PROCESSES = 8
LOADED = ["mlsnap.services.datasets", "mlsnap.showing_objects"]
TAKEN = (
    "MLFLOW_TRACKING_URI",
    "MLSNAP_DATA_DIRECTORY",
    "MLSNAP_CACHE_DIRECTORY",
    "MLSNAP_REMEMBER_FILES",
    "DVC_SITE_CACHE_DIR",
)

Call = Callable[[int], str]
End = tuple[str, str]

_barrier: Any = None


def race(*calls: Call) -> list[list[End]]:
    """What each of the calls made in each of eight processes, or the error it met.

    All processes begin each call together, and give it their number.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    variables = {name: os.environ[name] for name in TAKEN}
    with ProcessPoolExecutor(
        PROCESSES,
        mp_context=context,
        initializer=_begin,
        initargs=(context.Barrier(PROCESSES), variables),
    ) as pool:
        ended = list(pool.map(_run_all, [calls] * PROCESSES, range(PROCESSES)))
    return [list(each) for each in zip(*ended, strict=True)]


def _begin(barrier: Any, variables: dict[str, str]) -> None:
    global _barrier  # noqa: PLW0603 - the way into a process of a pool
    _barrier = barrier
    os.environ.update(variables)
    mlsnap.search_datasets()


def _run_all(calls: tuple[Call, ...], number: int) -> list[End]:
    return [_run(call, number) for call in calls]


def _run(call: Call, number: int) -> End:
    _barrier.wait(60)
    try:
        return "made", call(number)
    except MlsnapError as error:
        return type(error).__name__, error.fact


def take(dataset: str, name: str | None, number: int, *, rows: int | None = None) -> str:
    """A snapshot of ``rows`` rows, by default of one more than ``number``."""
    frame = pd.DataFrame({"x": range(number + 1 if rows is None else rows)})
    return mlsnap.get_dataset(dataset).create_snapshot(name, data=frame).name


def register(dataset: str, number: int) -> str:
    return mlsnap.register_dataset(dataset, description=str(number)).description


def register_unless_there(dataset: str, number: int) -> str:
    return mlsnap.register_dataset(dataset, exist_ok=True).name


def update(dataset: str, source: str, number: int) -> str:
    return str(mlsnap.get_dataset(dataset).update_definition(source, str(number)))


def train(dataset: str, number: int) -> str:
    """A training on data that nobody has seen before; the snapshot that it was linked to."""
    frame = pd.DataFrame({"x": range(1000)})
    with mlflow.start_run():
        used = mlsnap.log_snapshot(frame, dataset=dataset)
    assert used is not None
    return used.name
