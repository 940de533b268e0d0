"""The training code of a user's project. The tests copy this file into a git repository."""

from __future__ import annotations

import asyncio
import enum
import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

import mlsnap


class Solver(enum.Enum):
    EXACT = "exact"


@mlsnap.track
def fit(df: pd.DataFrame, alpha: float = 0.5, *, solver: Solver = Solver.EXACT) -> dict[str, float]:
    """Fit a very small model."""
    return {"mean": float(df["x"].mean()) * alpha}


@mlsnap.track
def anything(value: Any = None, **more: Any) -> Any:
    return value


@mlsnap.track
def positional(*values: Any) -> int:
    return len(values)


@mlsnap.track(inputs={"df": "wine"}, create_data_snapshot=True)
def fit_wine(df: Any) -> None:
    pass


@mlsnap.track(inputs={"train": "wine", "test": mlsnap.Input("wine", context="testing")})
def fit_two(train: Any, test: Any, valid: Any = None) -> None:
    pass


@mlsnap.track(inputs={"path": "wine"})
def fit_file(path: str | Path) -> int:
    return len(pd.read_csv(path))


@mlsnap.track(inputs={"df": "wine"})
def fit_keywords(**tables: Any) -> int:
    return len(tables)


@mlsnap.track(inputs={"a": mlsnap.Input("one", "same"), "b": mlsnap.Input("two", "same")})
def fit_same_context(a: Any, b: Any) -> None:
    pass


@mlsnap.track
def change_in_place(df: pd.DataFrame) -> None:
    df["x"] = 0
    del df["y"]


@mlsnap.track
def call(body: Callable[[], Any]) -> Any:
    return body()


@mlsnap.track(strict=True)
def strict_fit(df: Any = None) -> str:
    return "done"


@mlsnap.track
def outer(df: pd.DataFrame) -> dict[str, float]:
    inner(df + 1, depth=7)
    return {"outer": 1.0}


@mlsnap.track
def inner(df: pd.DataFrame, depth: int) -> dict[str, float]:
    return {"inner": 2.0}


@mlsnap.track
async def fit_slowly(df: pd.DataFrame, name: str) -> dict[str, float]:
    """Fit while others do."""
    for _ in range(3):
        await asyncio.sleep(0.01)
    inner_of_coroutine(df * 2)
    if name == "bad":
        raise ValueError(name)
    return {"total": float(df["x"].sum())}


@mlsnap.track
async def log_slowly(name: str) -> None:
    """Use MLflow between waits."""
    mlflow.set_tag("name", "")
    await asyncio.sleep(0.01)
    mlflow.set_tag("name", name)


@mlsnap.track
async def start_slowly(df: pd.DataFrame, at: int) -> None:
    """Start a run while others do."""
    with mlflow.start_run():
        await asyncio.sleep(0.01)
        mlflow.log_metric("at", at)


@mlsnap.track
def inner_of_coroutine(df: pd.DataFrame) -> None:
    pass


@mlsnap.track
def batches(df: pd.DataFrame) -> Iterator[int]:
    for value in df["x"]:
        yield int(value)


@mlsnap.track
async def batches_slowly(df: pd.DataFrame) -> AsyncIterator[int]:
    for value in df["x"]:
        yield int(value)


@mlsnap.track
def draw(df: pd.DataFrame) -> list[float]:
    return [random.random(), float(np.random.random())]


@mlsnap.track
def log_by_hand(df: pd.DataFrame) -> None:
    mlflow.log_metric("by_hand", 3.0)


class Model:
    scale = 2.0

    @mlsnap.track
    def fit(self, df: pd.DataFrame, alpha: float = 1.0) -> float:
        """Fit this model."""
        return float(df["x"].sum()) * self.scale * alpha

    @classmethod
    @mlsnap.track
    def build(cls, df: pd.DataFrame) -> type:
        return cls

    @mlsnap.track
    @classmethod
    def build_outside(cls, df: pd.DataFrame) -> type:
        return cls

    @staticmethod
    @mlsnap.track
    def score(df: pd.DataFrame) -> int:
        return len(df)

    @mlsnap.track
    @staticmethod
    def score_outside(df: pd.DataFrame) -> int:
        return len(df)


class Better(Model):
    pass
