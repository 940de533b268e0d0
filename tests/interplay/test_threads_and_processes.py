"""Tracked calls in threads and other processes: each has a run of its own."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest
import workshop
from mlflow.entities import Run
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import MlsnapWarning, NotFoundError

FRAME = pd.DataFrame({"x": [1, 2, 3]})


def others(name: str) -> list[Run]:
    return [run for run in training_runs() if run.info.run_name != name]


def test_a_tracked_function_can_be_pickled(bodies: ModuleType) -> None:
    assert pickle.loads(pickle.dumps(bodies.counts)) is bodies.counts


def test_calls_in_threads_have_runs_of_their_own(bodies: ModuleType) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(bodies.counts, [FRAME, FRAME + 1]))

    runs = training_runs()
    assert sorted(run.data.metrics["total"] for run in runs) == [6, 9]
    assert sorted(linked(run)["training"] for run in runs) == ["counts.df@v1", "counts.df@v2"]
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_calls_in_threads_of_a_call_leave_its_run_alone(bodies: ModuleType) -> None:
    with (
        ThreadPoolExecutor(2) as pool,
        pytest.warns(MlsnapWarning, match="argument 'pool' is not stored"),
    ):
        bodies.maps(FRAME, pool)

    (parent,) = (run for run in training_runs() if run.info.run_name == "maps")
    assert linked(parent) == {"training": "maps.df@v1"}
    assert sorted(run.data.metrics["total"] for run in others("maps")) == [9, 12]


def test_a_thread_of_a_call_that_loads_finds_its_run(bodies: ModuleType) -> None:
    mlsnap.register_dataset("wine").create_snapshot("red", data=FRAME, create_data_snapshot=True)

    assert bodies.loads_in_threads("wine@red") == [3]

    assert linked(the_run()) == {"left": "wine@red"}


def test_a_thread_with_two_runs_to_choose_from_only_reads(project: Path) -> None:
    snapshot = mlsnap.register_dataset("wine").create_snapshot("red", data=FRAME)

    def load_beside_another() -> None:
        with mlflow.start_run(), ThreadPoolExecutor(1) as inner:
            asked = inner.submit(mlsnap.log_snapshot, snapshot)
            assert isinstance(asked.exception(), NotFoundError)

    with mlflow.start_run(), ThreadPoolExecutor(1) as pool:
        pool.submit(load_beside_another).result()

    assert [linked(run) for run in training_runs()] == [{}, {}]


def test_a_thread_that_was_given_the_context_belongs_to_the_call(bodies: ModuleType) -> None:
    assert bodies.in_given_context(FRAME) == 3

    run = the_run()
    assert linked(run) == {
        "training": "in_given_context.df@v1",
        "tags.df": "tags.df@v1",
        "again": "again@v1",
    }
    assert run.data.tags["from"] == "a thread"
    assert run.info.status == "FINISHED"


def test_calls_in_processes_have_runs_of_their_own(bodies: ModuleType) -> None:
    methods = {"fork", "loky"} & {"loky", *multiprocessing.get_all_start_methods()}
    workshop.run_python("driver.py", *sorted(methods), at=Path.cwd())

    parents = [run for run in training_runs() if run.info.run_name == "maps_in_processes"]
    assert [linked(run) for run in parents] == [
        {"training": "maps_in_processes.df@v1"} for _ in methods
    ]
    for run in parents:
        assert len(mlflow.MlflowClient().list_artifacts(run.info.run_id, "mlsnap/calls")) == 1
    children = others("maps_in_processes")
    assert sorted(run.data.metrics["total"] for run in children) == sorted([9, 12] * len(methods))
    assert {linked(run)["training"] for run in children} == {"counts.df@v1", "counts.df@v2"}
    assert {run.info.status for run in training_runs()} == {"FINISHED"}
    assert str(os.getpid()) not in {str(int(run.data.metrics["process"])) for run in children}
