"""A body that starts MLflow runs itself works as it did, and those runs have its inputs."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import MlsnapWarning

FRAME = pd.DataFrame({"x": [1, 2, 3]})


def calls_of(run: Run) -> list[str]:
    found = MlflowClient().list_artifacts(run.info.run_id, "mlsnap/calls")
    return [each.path for each in found]


def runs_of(experiment: str) -> list[Run]:
    found = mlflow.get_experiment_by_name(experiment)
    return list(MlflowClient().search_runs([found.experiment_id], order_by=["start_time ASC"]))


def test_the_run_that_the_body_starts_is_the_run_of_the_call(bodies: ModuleType) -> None:
    assert bodies.starts(FRAME) == {"returned": 2.0}

    run = the_run()
    assert mlflow.active_run() is None
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"inside": 1.0, "returned": 2.0}
    assert run.data.params == {"rate": "0.5"}
    assert linked(run) == {"training": "starts.df@v1"}
    assert len(calls_of(run)) == 1


def test_what_the_body_says_of_its_run_counts(bodies: ModuleType) -> None:
    bodies.starts(FRAME, run_name="mine", tags={"team": "red"}, description="a trial")

    run = the_run()
    assert run.info.run_name == "mine"
    assert run.data.tags["team"] == "red"
    assert run.data.tags["mlflow.note.content"] == "a trial"


def test_start_run_imported_by_name_is_no_different(bodies: ModuleType) -> None:
    bodies.starts_by_name(FRAME)

    assert linked(the_run()) == {"training": "starts_by_name.df@v1"}
    assert the_run().data.metrics == {"inside": 1.0}


def test_a_run_that_the_body_leaves_open_stays_open(bodies: ModuleType) -> None:
    bodies.starts_and_leaves_open(FRAME)

    assert mlflow.active_run().info.run_id == the_run().info.run_id
    mlflow.end_run()
    assert the_run().info.status == "FINISHED"


def test_a_body_that_ends_whatever_run_is_open_first_has_one_run(bodies: ModuleType) -> None:
    bodies.ends_and_starts(FRAME)

    assert the_run().data.metrics == {"inside": 1.0}
    assert the_run().info.status == "FINISHED"


def test_a_second_run_on_top_is_refused_as_mlflow_refuses_it(bodies: ModuleType) -> None:
    with pytest.raises(Exception, match="is already active"):
        bodies.starts_twice(FRAME)

    mlflow.end_run()
    assert len(training_runs()) == 1


def test_each_run_of_a_loop_has_the_inputs_and_the_first_the_call(bodies: ModuleType) -> None:
    bodies.starts_one_for_each(FRAME, 3)

    runs = training_runs()
    assert [run.data.metrics["number"] for run in runs] == [0, 1, 2]
    assert [linked(run) for run in runs] == [{"training": "starts_one_for_each.df@v1"}] * 3
    assert [len(calls_of(run)) for run in runs] == [1, 0, 0]
    assert runs[0].data.metrics["count"] == 3


@pytest.mark.parametrize("start", [True, False])
def test_an_experiment_set_in_the_body_has_the_run(bodies: ModuleType, start: bool) -> None:
    bodies.sets_experiment(FRAME, "other", start)

    assert training_runs() == []
    (run,) = runs_of("other")
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"inside": 1.0}
    assert linked(run) == {"training": "sets_experiment.df@v1"}
    assert len(calls_of(run)) == 1
    assert run.data.params == {"name": "other", "start": str(start)}


def test_a_run_of_another_experiment_is_the_calls(bodies: ModuleType) -> None:
    other = mlflow.create_experiment("other")

    bodies.starts(FRAME, experiment_id=other)

    assert training_runs() == []
    assert linked(runs_of("other")[0]) == {"training": "starts.df@v1"}


def test_a_run_that_was_there_is_the_calls(bodies: ModuleType) -> None:
    there = MlflowClient().create_run("0").info.run_id

    bodies.starts(FRAME, run_id=there)

    run = the_run()
    assert run.info.run_id == there
    assert run.data.metrics == {"inside": 1.0, "returned": 2.0}
    assert linked(run) == {"training": "starts.df@v1"}
    deleted = MlflowClient().search_runs(["0"], run_view_type=ViewType.DELETED_ONLY)
    assert len(deleted) == 1


def test_the_record_names_the_contexts_of_the_run_that_it_is_in(bodies: ModuleType) -> None:
    there = MlflowClient().create_run("0").info.run_id
    mlsnap.log_snapshot(FRAME * 2, "training", run_id=there)

    bodies.starts(FRAME, run_id=there)

    assert linked(the_run()) == {"training": "training@v1", "starts.df": "starts.df@v1"}
    (call,) = calls_of(the_run())
    stored = mlflow.artifacts.load_dict(f"{the_run().info.artifact_uri}/{call}/call.json")
    assert stored["arguments"]["df"]["table"]["context"] == "starts.df"


def test_a_record_that_cannot_be_moved_stays_where_it_was(
    bodies: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    other = mlflow.create_experiment("other", artifact_location=f"{tmp_path}/file/artifacts")

    with pytest.warns(MlsnapWarning, match="could not write to the run"):
        assert bodies.starts(FRAME, experiment_id=other) == {"returned": 2.0}

    assert linked(the_run()) == {"training": "starts.df@v1"}
    assert the_run().info.status == "FINISHED"
    assert runs_of("other")[0].data.metrics == {"inside": 1.0, "returned": 2.0}


def test_a_run_that_is_not_there_is_mlflows_error(bodies: ModuleType) -> None:
    with pytest.raises(mlflow.MlflowException, match="not found"):
        bodies.starts(FRAME, run_id="0" * 32)

    assert the_run().info.status == "FAILED"
    assert mlflow.active_run() is None


def test_what_was_logged_before_another_run_began_is_kept(bodies: ModuleType) -> None:
    bodies.logs_before_it_starts(FRAME, "other")

    assert the_run().data.metrics == {"before": 1.0}
    assert the_run().info.status == "FINISHED"
    assert linked(runs_of("other")[0]) == {"training": "logs_before_it_starts.df@v1"}


def test_an_exception_in_the_bodys_run_fails_it(bodies: ModuleType) -> None:
    with pytest.raises(ValueError, match="own"):
        bodies.fails_in_its_run(FRAME)

    assert the_run().info.status == "FAILED"
    assert mlflow.active_run() is None


def test_a_run_inside_a_run_of_the_users_is_refused_as_mlflow_refuses_it(
    bodies: ModuleType,
) -> None:
    with mlflow.start_run(), pytest.raises(Exception, match="is already active"):
        bodies.starts(FRAME)


def test_mlflows_functions_are_themselves_outside_of_calls(bodies: ModuleType) -> None:
    bodies.starts(FRAME)

    with mlflow.start_run(run_name="plain") as run:
        assert run.data.params == {}
        with mlflow.start_run(nested=True) as nested:
            assert nested.data.tags["mlflow.parentRunId"] == run.info.run_id
    assert len(training_runs()) == 3


def test_the_run_of_mlflow_run_is_joined_under_its_own_name(
    bodies: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = MlflowClient().create_run("0", run_name="given").info.run_id
    monkeypatch.setitem(os.environ, "MLFLOW_RUN_ID", given)

    bodies.starts(FRAME)

    run = the_run()
    assert (run.info.run_id, run.info.run_name) == (given, "given")
    assert run.data.metrics == {"inside": 1.0, "returned": 2.0}


def test_children_of_a_call_have_their_own_inputs(bodies: ModuleType) -> None:
    bodies.parent(FRAME)

    runs = {run.info.run_name: run for run in training_runs()}
    top = runs.pop("parent")
    assert linked(top) == {"training": "parent.df@v1"}
    assert [run.data.tags["mlflow.parentRunId"] for run in runs.values()] == [top.info.run_id] * 2
    assert sorted(linked(run)["training"] for run in runs.values()) == [
        "child.df@v1",
        "child.df@v2",
    ]


def test_a_tracked_function_that_starts_a_run_inside_another_works(bodies: ModuleType) -> None:
    bodies.outer_of_starts(FRAME)

    run = the_run()
    assert run.data.metrics == {"inside": 1.0}
    assert linked(run) == {"training": "outer_of_starts.df@v1", "starts.df": "starts.df@v1"}


def test_a_parameter_that_the_body_logs_is_the_bodys(bodies: ModuleType) -> None:
    bodies.logs_its_own_params(FRAME, "1e-3", {"depth": 3})

    assert the_run().data.params == {"rate": "0.001", "config": "{'depth': 3}"}
