"""Coroutines of one thread that overlap, each with a run of its own."""

from __future__ import annotations

import asyncio
from types import ModuleType

import mlflow
import pandas as pd
import pytest
from workshop import linked, training_runs


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


def test_mlflows_own_calls_inside_go_to_the_run_of_the_coroutine(trainings: ModuleType) -> None:
    async def overlap() -> None:
        await asyncio.gather(*(trainings.log_slowly(name) for name in "abc"))

    asyncio.run(overlap())

    assert mlflow.active_run() is None
    seen = [(run.data.params, run.data.tags["name"], run.info.status) for run in training_runs()]
    assert seen == [({"name": name}, name, "FINISHED") for name in "abc"]


def test_a_run_that_a_coroutine_starts_across_its_waits_is_its_run(trainings: ModuleType) -> None:
    async def overlap() -> None:
        await asyncio.gather(*(trainings.start_slowly(frame(at), at) for at in range(3)))

    asyncio.run(overlap())

    runs = sorted(training_runs(), key=lambda run: run.data.params["at"])
    assert [run.data.metrics for run in runs] == [{"at": at} for at in (0.0, 1.0, 2.0)]
    assert [linked(run).keys() for run in runs] == [{"training"}] * 3
