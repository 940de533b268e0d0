"""What of a call becomes a parameter or a metric of its run."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from workshop import the_run

from mlsnap.errors import MlsnapWarning

FRAME = pd.DataFrame({"x": [1, 2, 3]})


def test_defaults_are_parameters_too(trainings: ModuleType) -> None:
    trainings.fit(FRAME)

    assert the_run().data.params == {"alpha": "0.5", "solver": "Solver.EXACT"}


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("text", "text"),
        ("", ""),
        (None, "None"),
        (True, "True"),
        (1e-300, "1e-300"),
        ([1, "two"], "[1, 'two']"),
        (Path("data") / "x", "data/x"),
        ("ключ 🔑 '\"%", "ключ 🔑 '\"%"),
    ],
)
def test_a_parameter_is_the_text_of_its_value(
    trainings: ModuleType, value: Any, stored: str
) -> None:
    trainings.anything(value)

    assert the_run().data.params == {"value": stored}


def test_keyword_arguments_go_by_their_own_names(trainings: ModuleType) -> None:
    trainings.anything(1, depth=2, df=FRAME)

    assert the_run().data.params == {"value": "1", "depth": "2"}


def test_names_that_mlflow_refuses_become_legal_ones(trainings: ModuleType) -> None:
    trainings.anything(**{"lr (%)": 1, "ключ": 2, "🔑": 3})

    params = the_run().data.params
    assert {name.rpartition("-")[0] or name: value for name, value in params.items()} == {
        "value": "None",
        "lr": "1",
        "ключ": "2",
        "x": "3",
    }


def test_positional_arguments_are_one_parameter(trainings: ModuleType) -> None:
    trainings.positional(1, 2)

    assert the_run().data.params == {"values": "(1, 2)"}


def test_a_long_value_is_cut_and_can_be_logged_again(trainings: ModuleType) -> None:
    with mlflow.start_run():
        trainings.anything("y" * 10_000)
        trainings.anything("y" * 10_000)

    assert the_run().data.params == {"value": "y" * 5999 + "…"}


def test_more_parameters_than_mlflow_takes_at_once_are_all_logged(trainings: ModuleType) -> None:
    trainings.anything(**{f"p{number}": number for number in range(250)})

    assert len(the_run().data.params) == 251


def test_a_parameter_without_a_text_is_said_and_the_training_goes_on(
    trainings: ModuleType,
) -> None:
    class Silent:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    with pytest.warns(MlsnapWarning, match="could not log the parameters: RuntimeError") as caught:
        trainings.anything(Silent())

    assert len(caught) == 1


@pytest.mark.parametrize(
    ("returned", "metrics"),
    [
        ({"rmse": 0.25, "rows": 3}, {"rmse": 0.25, "rows": 3.0}),
        ({"a": np.float32(0.5), "b": np.int64(2)}, {"a": 0.5, "b": 2.0}),
        ({"accuracy": 0.5, "converged": True}, {}),
        ({"accuracy": 0.5, "converged": np.bool_(True)}, {}),
        ({"accuracy": 0.5, "model": "tree"}, {}),
        ({}, {}),
        (0.5, {}),
        ([("rmse", 0.5)], {}),
    ],
)
def test_a_returned_dict_of_numbers_is_metrics_and_nothing_else_is(
    trainings: ModuleType, returned: Any, metrics: dict[str, float]
) -> None:
    trainings.anything(returned)

    assert the_run().data.metrics == metrics


def test_metrics_keep_their_bits(trainings: ModuleType) -> None:
    value = 0.1 + 0.2

    trainings.anything({"sum": value})

    assert the_run().data.metrics["sum"].hex() == value.hex()


def test_metric_names_that_mlflow_refuses_become_legal_ones(trainings: ModuleType) -> None:
    trainings.anything({"error (%)": 1.0, "plain/name: ok": 2.0, 3: 4.0})

    metrics = the_run().data.metrics
    assert metrics.pop("plain/name: ok") == 2.0
    assert metrics.pop("3") == 4.0
    ((name, value),) = metrics.items()
    assert name.startswith("error-")
    assert value == 1.0


def test_a_number_too_large_for_a_metric_is_said_and_returned(trainings: ModuleType) -> None:
    huge = {"count": 10**400}

    with pytest.warns(MlsnapWarning, match="could not log the metrics: OverflowError") as caught:
        assert trainings.anything(huge) is huge

    assert len(caught) == 1
