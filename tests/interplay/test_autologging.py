"""MLflow's autologging in a tracked function: one run, with our inputs and what it logs."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from workshop import linked, the_run, training_runs

_ROWS = np.random.default_rng(0).normal(size=(40, 3))
FRAME = pd.DataFrame(_ROWS, columns=["a", "b", "label"]).assign(label=lambda df: df.a > 0)

pytestmark = [
    pytest.mark.filterwarnings("ignore:::mlflow"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*:UserWarning:(mlflow|lightgbm|sklearn|xgboost)"),
]


@pytest.fixture
def autolog() -> Iterator[Callable[..., None]]:
    """Turns autologging of a library on, and off after the test."""
    begun: list[ModuleType] = []

    def begin(name: str, **options: Any) -> None:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
        flavour = getattr(mlflow, name)
        begun.append(flavour)
        flavour.autolog(silent=True, log_models=False, **options)

    yield begin
    for each in begun:
        each.autolog(disable=True, silent=True)


def inputs_of(run: Any) -> list[tuple[str, str]]:
    return sorted(
        (each.dataset.name, tag.value)
        for each in run.inputs.dataset_inputs
        for tag in each.tags
        if tag.key == "mlflow.data.context"
    )


def test_scikit_learn_logs_into_the_run_of_the_call(
    bodies: ModuleType, autolog: Callable[..., None]
) -> None:
    autolog("sklearn", log_post_training_metrics=False)

    bodies.fit_sklearn(FRAME, 0.5)

    run = the_run()
    assert run.info.status == "FINISHED"
    assert linked(run) == {"training": "fit_sklearn.df@v1"}
    assert inputs_of(run) == [("dataset", "train"), ("fit_sklearn.df@v1", "training")]
    assert run.data.params["fit_intercept"] == "True"
    assert run.data.params["C"] == "1.0"  # the body gives the estimator twice its argument
    assert run.data.metrics.keys() >= {"training_score", "returned"}


def test_a_search_has_the_inputs_and_its_trials_are_children(
    bodies: ModuleType, autolog: Callable[..., None]
) -> None:
    autolog("sklearn", log_datasets=False, max_tuning_runs=2)

    bodies.search_sklearn(FRAME)

    runs = {run.info.run_id: run for run in training_runs()}
    (top,) = (run for run in runs.values() if "mlflow.parentRunId" not in run.data.tags)
    assert linked(top) == {"training": "search_sklearn.df@v1"}
    children = [run for run in runs.values() if run is not top]
    assert len(children) == 2
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {top.info.run_id}
    assert [linked(run) for run in children] == [{}, {}]


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_boosting_logs_into_the_run_of_the_call(
    bodies: ModuleType, autolog: Callable[..., None], name: str
) -> None:
    autolog(name)

    getattr(bodies, f"fit_{name}")(FRAME, 0.25)

    run = the_run()
    assert run.info.status == "FINISHED"
    assert linked(run) == {"training": f"fit_{name}.df@v1"}
    assert (f"fit_{name}.df@v1", "training") in inputs_of(run)
    assert len(inputs_of(run)) == len(set(inputs_of(run)))
    assert run.data.params["learning_rate"] == "0.25"
    assert mlflow.active_run() is None


def test_fits_after_the_bodys_own_run_have_the_inputs_too(
    bodies: ModuleType, autolog: Callable[..., None]
) -> None:
    autolog("sklearn", log_datasets=False)

    bodies.fit_twice(FRAME)

    assert [linked(run) for run in training_runs()] == [{"training": "fit_twice.df@v1"}] * 2


def test_pytorch_lightning_logs_into_the_run_of_the_call(
    bodies: ModuleType, autolog: Callable[..., None]
) -> None:
    pytest.importorskip("lightning", reason="PyTorch Lightning is not installed")
    autolog("pytorch")

    bodies.fit_pytorch(FRAME, 2)

    run = the_run()
    assert run.info.status == "FINISHED"
    assert linked(run) == {"training": "fit_pytorch.df@v1"}
    assert run.data.params["epochs"] == "2"
    assert "loss" in run.data.metrics
