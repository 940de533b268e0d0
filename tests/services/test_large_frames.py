"""Of a large frame the digest is computed first: what was seen before is not profiled again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from workshop import linked, training_runs

import mlsnap
from mlsnap.services import profiling

FRAME = pd.DataFrame(
    {"x": [1.5, np.nan, -0.0], "y": ["a", None, "b"], "z": pd.to_datetime(["2020"] * 3)}
)


@pytest.fixture(autouse=True)
def every_frame_is_large(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(profiling, "_QUICKER_ASKED", 1)
    return project


@pytest.fixture
def profiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The tables that are profiled from now on."""
    made: list[Any] = []
    make = profiling.profile_rows
    monkeypatch.setattr(
        profiling, "profile_rows", lambda rows, **how: made.append(rows) or make(rows, **how)
    )
    return made


@mlsnap.track
def fit(table: Any) -> None:
    """A training that does nothing."""


def profile_of(run: Any) -> dict[str, Any]:
    return dict(mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/mlsnap/training/profile.json"))


@pytest.mark.parametrize("table", [FRAME, pl.from_pandas(FRAME), pa.table({"x": [1, None]})])
def test_it_is_profiled_once_and_every_run_has_the_profile(table: Any, profiled: list[Any]) -> None:
    fit(table)
    assert len(profiled) == 1
    fit(table)
    assert len(profiled) == 1

    first, second = training_runs()
    assert profile_of(first) == profile_of(second)
    assert linked(first) == linked(second) == {"training": "fit.table@v1"}
    expected = mlsnap.profile(table)
    stored = mlsnap.get_dataset("fit.table").get_snapshot("v1").get_profile()
    assert (stored.digest, stored) == (expected.digest, expected)


def test_another_value_is_another_snapshot(profiled: list[Any]) -> None:
    fit(FRAME)
    fit(FRAME.assign(x=[1.5, np.nan, 7.0]))

    assert len(profiled) == 2
    assert len(mlsnap.get_dataset("fit.table").get_all_snapshots()) == 2


def test_a_logged_frame_is_found_again(profiled: list[Any]) -> None:
    with mlflow.start_run():
        first = mlsnap.log_snapshot(FRAME)
    with mlflow.start_run():
        again = mlsnap.log_snapshot(FRAME)

    assert (first and first.reference, len(profiled)) == (again and again.reference, 1)
