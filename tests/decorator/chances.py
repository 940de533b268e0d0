"""Trainings in which chance plays a part. The tests copy this file into a git repository."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import mlflow
import numpy as np

import mlsnap

MADE_BEFORE = np.random.default_rng(0)


@mlsnap.track
def unseeded() -> dict[str, float]:
    return {"numpy": np.random.default_rng().random(), "python": random.Random().random()}


@mlsnap.track
def in_own_run() -> dict[str, float]:
    with mlflow.start_run():
        return {"numpy": float(np.random.default_rng().random())}


@mlsnap.track
def outer() -> dict[str, float]:
    first = np.random.default_rng().random()
    return {"first": first, **unseeded()}


@mlsnap.track
def made_before() -> dict[str, float]:
    return {"drawn": MADE_BEFORE.random()}


@mlsnap.track
def failing() -> None:
    np.random.default_rng()
    raise ValueError("after a draw")


@mlsnap.track
async def slowly(count: int) -> int:
    for _ in range(count):
        np.random.default_rng()
        await asyncio.sleep(0)
    return count


@mlsnap.track
def with_arguments(alpha: float = 0.5, what: Any = None, **more: Any) -> dict[str, float]:
    return {"alpha": alpha}


@mlsnap.track
def seeded() -> float:
    return float(np.random.default_rng(3).random())
