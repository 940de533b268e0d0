"""What a tracked call is for its caller, and which run it belongs to."""

from __future__ import annotations

import asyncio
import inspect
from types import ModuleType

import mlflow
import pandas as pd
import pytest
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import InvalidNameError, MlsnapWarning, NotFoundError

FRAME = pd.DataFrame({"x": [1, 2, 3]})


def test_signature_name_and_docstring_stay(trainings: ModuleType) -> None:
    assert list(inspect.signature(trainings.fit).parameters) == ["df", "alpha", "solver"]
    assert trainings.fit.__name__ == "fit"
    assert trainings.fit.__doc__ == "Fit a very small model."
    assert trainings.Model.fit.__doc__ == "Fit this model."
    assert inspect.iscoroutinefunction(trainings.fit_slowly)


@pytest.mark.filterwarnings("ignore::mlsnap.errors.MlsnapWarning")
def test_the_return_value_is_the_very_object(trainings: ModuleType) -> None:
    made = object()

    assert trainings.call(lambda: made) is made


def test_a_call_without_a_run_makes_one_and_ends_it(trainings: ModuleType) -> None:
    trainings.fit(FRAME)

    run = the_run()
    assert (run.info.run_name, run.info.status) == ("fit", "FINISHED")
    assert mlflow.active_run() is None


def test_a_call_in_an_active_run_uses_it_and_leaves_it_open(trainings: ModuleType) -> None:
    with mlflow.start_run() as outside:
        trainings.fit(FRAME)
        still = mlflow.active_run()

    assert still is not None
    assert still.info.run_id == outside.info.run_id
    assert the_run().data.metrics == {"mean": 1.0}


def test_mlflow_calls_in_the_body_go_to_the_run(trainings: ModuleType) -> None:
    trainings.log_by_hand(FRAME)

    assert the_run().data.metrics == {"by_hand": 3.0}


def test_methods_are_tracked_and_cannot_be_reproduced(trainings: ModuleType) -> None:
    with pytest.warns(MlsnapWarning, match="method: the object it was called on is not recorded"):
        result = trainings.Model().fit(FRAME, alpha=2.0)

    assert result == 24.0
    assert the_run().data.params == {"alpha": "2.0"}
    assert linked(the_run()) == {"training": "fit.df@v1"}


@pytest.mark.parametrize("name", ["build", "build_outside"])
def test_class_methods_are_tracked_on_either_side(trainings: ModuleType, name: str) -> None:
    assert getattr(trainings.Model, name)(FRAME) is trainings.Model
    assert linked(the_run()) == {"training": f"{name}.df@v1"}


def test_a_class_method_called_on_a_subclass_cannot_be_reproduced(trainings: ModuleType) -> None:
    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        assert trainings.Better.build(FRAME) is trainings.Better


@pytest.mark.parametrize("name", ["score", "score_outside"])
def test_static_methods_are_tracked_on_either_side(trainings: ModuleType, name: str) -> None:
    assert getattr(trainings.Model, name)(FRAME) == 3
    assert getattr(trainings.Model(), name)(FRAME) == 3
    assert [linked(run) for run in training_runs()] == [{"training": f"{name}.df@v1"}] * 2


def test_a_generator_without_a_run_leaves_no_trace(trainings: ModuleType) -> None:
    assert list(trainings.batches(FRAME)) == [1, 2, 3]
    assert training_runs() == []


@pytest.mark.filterwarnings("ignore:.*is a generator")
def test_a_generator_in_a_run_is_linked_to_it(trainings: ModuleType) -> None:
    with mlflow.start_run():
        assert list(trainings.batches(FRAME)) == [1, 2, 3]

    assert linked(the_run()) == {"training": "batches.df@v1"}


@pytest.mark.filterwarnings("ignore:.*is a generator")
def test_an_async_generator_in_a_run_is_linked_to_it(trainings: ModuleType) -> None:
    async def consume() -> list[int]:
        return [each async for each in trainings.batches_slowly(FRAME)]

    with mlflow.start_run():
        assert asyncio.run(consume()) == [1, 2, 3]

    assert linked(the_run()) == {"training": "batches_slowly.df@v1"}


def test_a_generator_in_a_run_says_that_it_cannot_be_reproduced(trainings: ModuleType) -> None:
    with mlflow.start_run(), pytest.warns(MlsnapWarning, match="'batches' is a generator"):
        trainings.batches(FRAME)


def test_a_tracked_function_inside_another_belongs_to_its_run(trainings: ModuleType) -> None:
    trainings.outer(FRAME)

    run = the_run()
    assert linked(run) == {"training": "outer.df@v1", "inner.df": "inner.df@v1"}
    assert run.data.metrics == {"outer": 1.0}
    assert run.data.params == {}
    assert run.info.status == "FINISHED"


def test_two_calls_in_one_run_keep_both_inputs_apart(trainings: ModuleType) -> None:
    with mlflow.start_run():
        for shift in range(3):
            trainings.anything(FRAME + shift)
        trainings.anything(FRAME)

    assert linked(the_run()) == {
        "training": "anything.value@v1",
        "anything.value": "anything.value@v2",
        "anything.value-2": "anything.value@v3",
    }


def test_a_second_call_with_another_parameter_is_said_once(trainings: ModuleType) -> None:
    with mlflow.start_run():
        trainings.anything(1, rate=2)
        with pytest.warns(MlsnapWarning, match="other values of the parameters value already"):
            trainings.anything(2, rate=2)

    assert the_run().data.params == {"value": "1", "rate": "2"}


def test_an_exception_goes_through_as_it_is_and_fails_the_run(trainings: ModuleType) -> None:
    mistake = ValueError("the training's own")

    with pytest.raises(ValueError, match="own") as caught, pytest.warns(MlsnapWarning):
        trainings.call(_raising(mistake))

    assert caught.value is mistake
    assert the_run().info.status == "FAILED"
    assert mlflow.active_run() is None


@pytest.mark.filterwarnings("ignore::mlsnap.errors.MlsnapWarning")
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(7), "FAILED"),
        (SystemExit("bad data"), "FAILED"),
        (SystemExit(0), "FINISHED"),
        (SystemExit(), "FINISHED"),
    ],
)
def test_an_interrupt_kills_the_run_and_an_exit_fails_it_but_without_an_error(
    trainings: ModuleType, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error)):
        trainings.call(_raising(error))

    assert the_run().info.status == status


@pytest.mark.filterwarnings("ignore::mlsnap.errors.MlsnapWarning")
def test_an_exception_in_an_active_run_leaves_its_end_to_its_owner(trainings: ModuleType) -> None:
    with mlflow.start_run():
        with pytest.raises(ValueError, match="here"):
            trainings.call(_raising(ValueError("here")))
        assert the_run().info.status == "RUNNING"


def test_a_call_that_misfits_raises_pythons_own_error_and_makes_no_run(
    trainings: ModuleType,
) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'beta'"):
        trainings.fit(FRAME, beta=1)

    assert training_runs() == []


def test_declaring_an_unknown_parameter_is_refused_at_once() -> None:
    with pytest.raises(NotFoundError, match=r"no parameter 'dff'; near names: 'df'"):

        @mlsnap.track(inputs={"dff": "wine"})
        def train(df: pd.DataFrame) -> None: ...


def test_declaring_an_impossible_dataset_is_refused_at_once() -> None:
    with pytest.raises(InvalidNameError, match="'a/b' cannot name a dataset"):

        @mlsnap.track(inputs={"df": "a/b"})
        def train(df: pd.DataFrame) -> None: ...


def test_a_callable_object_is_tracked(project: object) -> None:
    class Trainer:
        def __call__(self, df: pd.DataFrame) -> int:
            return len(df)

    with pytest.warns(MlsnapWarning, match="not a Python function"):
        assert mlsnap.track(Trainer())(FRAME) == 3

    assert linked(the_run()) == {"training": "Trainer.df@v1"}


def _raising(error: BaseException):  # type: ignore[no-untyped-def]
    def body() -> None:
        raise error

    return body
