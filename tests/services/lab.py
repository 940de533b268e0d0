"""The training code of a user's project. The tests copy this file into a package in git."""

from __future__ import annotations

import asyncio
import enum
import os
import random
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

import mlsnap

SHIFT = 1


class Mode(enum.Enum):
    FAST = "fast"
    EXACT = "exact"


def checksum(*values: Any) -> float:
    """The same for values that look the same in all their parts."""
    return float(zlib.crc32("|".join(map(repr, values)).encode()))


@mlsnap.track(create_data_snapshot=True)
def carriers(
    frame: pd.DataFrame,
    series: pd.Series,
    fast: pl.DataFrame,
    array: np.ndarray,
    parts: dict,
    *several: Any,
    **named: Any,
) -> dict[str, float]:
    kinds = frame["kind"].cat
    return {
        "pandas": checksum(frame.to_dict(), frame.dtypes.to_dict(), frame.index, frame.attrs),
        "categorical": checksum(list(kinds.categories), kinds.ordered, list(kinds.codes)),
        "series": checksum(series.to_dict(), series.dtype, series.name),
        "polars": checksum(type(fast), fast.schema, fast.rows()),
        "ndarray": checksum(array.dtype, array.shape, array.flags.f_contiguous, array.tolist()),
        "star arguments": checksum([each.tolist() for each in several], named["more"].to_dict()),
        "dict of frames": checksum({key: each.to_dict() for key, each in parts.items()}),
    }


@mlsnap.track
def typed(
    where: Path, mode: Mode, shape: tuple[int, ...], ratio: float, *rest: Any, **more: Any
) -> dict[str, float]:
    return {"types": checksum(type(where).__name__, where, mode, shape, ratio, rest, more)}


@mlsnap.track
def chance() -> dict[str, float]:
    return {"random": random.random(), "numpy": float(np.random.normal())}


@mlsnap.track
async def slowly(steps: int) -> dict[str, float]:
    await asyncio.sleep(0)
    return {"async": checksum(steps)}


class Model:
    @staticmethod
    @mlsnap.track
    def score(weight: int) -> dict[str, float]:
        return {"static": checksum(weight)}

    @classmethod
    @mlsnap.track
    def build(cls, depth: int) -> dict[str, float]:
        return {"class": checksum(cls.__qualname__, depth)}


@mlsnap.track
def shifted() -> dict[str, float]:
    return {"uncommitted": float(SHIFT)}


@mlsnap.track
def loading() -> dict[str, float]:
    latest, odd = mlsnap.load("wine@latest"), mlsnap.load("wine@latest~1", context="odd one!")
    return {"latest": float(latest["x"].sum()), "before": float(odd["x"].sum())}


@mlsnap.track(inputs={"path": "files"})
def file(path: str) -> dict[str, float]:
    return {"path": checksum(Path(path).read_bytes())}


@mlsnap.track(inputs={"path": "kept"}, create_data_snapshot=True)
def kept_file(path: Path) -> dict[str, float]:
    return {"kept": checksum(type(path).__name__, path.read_bytes())}


@mlsnap.track(inputs={"pattern": "many"}, create_data_snapshot=True)
def kept_files(pattern: str) -> dict[str, float]:
    found = sorted(Path(pattern).parent.glob(Path(pattern).name))
    return {"pattern": checksum([each.name for each in found])}


@mlsnap.track
def outside(path: str, *, fail_with: str = "") -> dict[str, float]:
    text = Path(path).read_text()
    if text == "die":
        os._exit(7)
    if text == fail_with:
        raise ValueError(f"the file says {text}")
    return {"outside": float(text)}


@mlsnap.track
def near(path: str) -> dict[str, float]:
    return {"near": 1.0 + float(Path(path).read_text()) * 1e-12}


@mlsnap.track(inputs={"df": "bare"})
def without_copy(df: pd.DataFrame) -> dict[str, float]:
    return {"sum": float(df["x"].sum())}
