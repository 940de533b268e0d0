"""The user's random numbers are the same with tracking and without it."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import MlsnapWarning

FRAME = pd.DataFrame({"x": [1, 2, 3]})


def drawn(body: Callable[[], Any]) -> list[Any]:
    """What ``body`` draws, and the draws that follow."""
    random.seed(11)
    np.random.seed(12)
    return [body(), random.random(), float(np.random.random())]


def test_draws_in_the_body_and_after_it_are_those_of_an_untracked_call(
    trainings: ModuleType,
) -> None:
    untracked = inspect.unwrap(trainings.draw)

    assert drawn(lambda: trainings.draw(FRAME)) == drawn(lambda: untracked(FRAME))


def test_the_same_holds_where_the_bookkeeping_fails(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    untracked = inspect.unwrap(trainings.draw)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    with pytest.warns(MlsnapWarning, match="no MLflow server answers"):
        tracked = drawn(lambda: trainings.draw(FRAME))
    assert tracked == drawn(lambda: untracked(FRAME))


def test_taking_and_loading_snapshots_draws_nothing(project: object) -> None:
    wine = mlsnap.register_dataset("wine")

    def body() -> None:
        wine.create_snapshot(data=FRAME, create_data_snapshot=True)
        mlsnap.load("wine@latest")

    with mlflow.start_run():
        assert drawn(body) == drawn(lambda: None)
