"""Coroutines of one thread that overlap, each with a run of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest
from workshop import linked, training_runs

import mlsnap
from mlsnap.errors import MlsnapWarning


def frame(number: int) -> pd.DataFrame:
    return pd.DataFrame({"x": [number]})


async def overlapping(trainings: ModuleType, *names: str) -> list[object]:
    calls = (trainings.fit_slowly(frame(at), name) for at, name in enumerate(names, start=1))
    return await asyncio.gather(*calls, return_exceptions=True)


def test_each_of_three_overlapping_coroutines_has_its_own_run(trainings: ModuleType) -> None:
    results = asyncio.run(overlapping(trainings, "a", "b", "c"))

    assert results == [{"total": 1.0}, {"total": 2.0}, {"total": 3.0}]
    runs = {run.data.params["name"]: run for run in training_runs()}
    assert {name: run.data.metrics for name, run in runs.items()} == {
        "a": {"total": 1.0},
        "b": {"total": 2.0},
        "c": {"total": 3.0},
    }
    for at, name in enumerate("abc"):
        inputs = linked(runs[name])
        assert inputs.keys() == {"training", "inner_of_coroutine.df"}
        assert runs[name].info.status == "FINISHED"
        first = mlflow.MlflowClient().get_run(runs[name].info.run_id).inputs.dataset_inputs
        assert {each.dataset.name for each in first} == set(inputs.values()), at


def test_one_that_fails_fails_its_own_run_only(trainings: ModuleType) -> None:
    good, bad = asyncio.run(overlapping(trainings, "good", "bad"))

    assert good == {"total": 1.0}
    assert isinstance(bad, ValueError)
    assert {run.data.params["name"]: run.info.status for run in training_runs()} == {
        "good": "FINISHED",
        "bad": "FAILED",
    }


def test_coroutines_in_an_active_run_belong_to_it(trainings: ModuleType) -> None:
    with mlflow.start_run() as outside:
        asyncio.run(trainings.fit_slowly(frame(1), "a"))
        assert mlflow.active_run() is not None

    assert [run.info.run_id for run in training_runs()] == [outside.info.run_id]


def test_a_cancelled_coroutine_fails_its_run(trainings: ModuleType) -> None:
    async def cancel() -> None:
        task = asyncio.ensure_future(trainings.fit_slowly(frame(1), "late"))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())

    assert [run.info.status for run in training_runs()] == ["FAILED"]


def test_mlflows_own_calls_inside_are_said_to_go_elsewhere_and_swallow_nothing(
    project: Path,
) -> None:
    @mlsnap.track
    async def fit(rate: float) -> dict[str, float]:
        mlflow.log_metric("inside", 1.0)
        return {"rate": rate}

    with pytest.warns(MlsnapWarning) as caught:
        asyncio.run(fit(0.5))

    assert "calls inside the coroutine went to another run" in str(caught[-1].message)
    assert mlflow.active_run() is None
    metrics = [run.data.metrics for run in training_runs()]
    assert sorted(metrics, key=str) == [{"inside": 1.0}, {"rate": 0.5}]
