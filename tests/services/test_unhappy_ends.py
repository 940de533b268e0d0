"""What becomes of a training whose server fails, refuses, or has lost something."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import workshop
from flaky import Failure, Flaky, Request, flaky
from mlflow import MlflowClient
from mlflow.entities import Run

import mlsnap
from mlsnap.errors import MlsnapWarning, SourceError, TrackingError
from mlsnap.services.creation import Order, fill
from mlsnap.services.profiling import Reading, read_frame
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import clock, patience, tags
from mlsnap.tracking.creations import Claim, Creations
from mlsnap.values.snapshot import Status

TRAINING = """
import mlsnap

@mlsnap.track(inputs={"df": "NAME"})
def fit(df, body=None):
    if body is not None:
        body()
    return {"total": 6.0}

@mlsnap.track(inputs={"df": "NAME"}, strict=True)
def strict_fit(df):
    return {"total": 6.0}
"""
FRAME = pd.DataFrame({"x": [1, 2, 3]})


class Training:
    """A tracked function whose server can be made to fail."""

    def __init__(self, name: str, module: Any, way: Flaky) -> None:
        self.name = name
        self.module = module
        self.way = way

    def runs(self) -> list[Run]:
        (found,) = MlflowClient().search_experiments(filter_string=f"name = '{self.name}'")
        return list(MlflowClient().search_runs([found.experiment_id]))

    def last(self) -> Run:
        return self.runs()[0]

    def fit(self, body: Callable[[], object] | None = None) -> str:
        """Call it; what mlsnap warned of."""
        with pytest.warns(MlsnapWarning) as caught:
            assert self.module.fit(FRAME, body) == {"total": 6.0}
        return "\n".join(str(each.message) for each in caught)


@pytest.fixture
def training(project: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Training]:
    """A training that has run once; MLflow repeats without a pause."""
    name = f"unhappy-{uuid.uuid4().hex[:8]}"
    (project / "training.py").write_text(TRAINING.replace("NAME", name))
    workshop.commit_all(project)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", name)
    with flaky(server) as way:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", way.address)
        module = workshop.import_from(project, "training")
        module.fit(FRAME)
        way.forget()
        yield Training(name, module, way)
        way.forget()


def refuses_writes_below(path: str, failure: Failure) -> Callable[[Request], Failure | None]:
    return lambda request: failure if request.is_write and path in request.path else None


@pytest.mark.parametrize("failure", [each for each in Failure if each is not Failure.FORBIDDEN])
def test_what_fails_for_a_moment_is_written_again(training: Training, failure: Failure) -> None:
    def fails(request: Request) -> Failure | None:
        begins = "runs/create" in request.path or "/search" in request.path
        return failure if request.is_write and not begins and request.earlier == 0 else None

    training.way.fails = fails
    training.module.fit(FRAME)
    training.way.forget()

    run = training.last()
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"total": 6.0}
    assert workshop.linked(run) == {"training": f"{training.name}@v1"}
    assert len(run.inputs.dataset_inputs) == 1
    assert len(MlflowClient().get_metric_history(run.info.run_id, "total")) == 1


def test_a_store_of_artifacts_that_stays_broken_costs_one_warning_and_links_nothing(
    training: Training,
) -> None:
    training.way.fails = refuses_writes_below("/mlflow-artifacts/", Failure.BROKEN)

    assert "could not write to the run" in training.fit()
    run = training.last()
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"total": 6.0}
    assert workshop.linked(run) == {}
    assert not run.inputs.dataset_inputs


def test_permission_to_write_that_is_denied_is_said_and_links_nothing(training: Training) -> None:
    training.way.fails = refuses_writes_below("/mlflow-artifacts/", Failure.FORBIDDEN)

    assert "403" in training.fit()
    assert workshop.linked(training.last()) == {}
    with pytest.raises(TrackingError, match="403"):
        training.module.strict_fit(FRAME)


def test_permission_to_read_that_is_denied_is_said(training: Training) -> None:
    training.way.fails = lambda request: (
        Failure.FORBIDDEN if "experiment_name=mlsnap" in request.path else None
    )

    assert "could not snapshot the argument 'df'" in training.fit()
    assert training.last().info.status == "FINISHED"


def test_a_server_that_dies_during_the_body_is_said_once(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")

    def dies() -> None:
        training.way.fails = lambda request: Failure.CUT_BEFORE

    said = training.fit(dies)

    assert "could not log the metrics and parameters" in said
    assert "could not end the run" in said
    assert mlflow.active_run() is None


def test_a_server_that_is_restarted_during_the_body_is_waited_for(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_LATELY", 0.0)

    def restarts() -> None:
        back = time.monotonic() + 0.5
        training.way.fails = lambda request: Failure.CUT_BEFORE if time.monotonic() < back else None

    with pytest.warns(MlsnapWarning, match="argument 'body' is not stored") as caught:
        training.module.fit(FRAME, restarts)

    assert len(caught) == 1
    assert training.last().data.metrics == {"total": 6.0}
    assert training.last().info.status == "FINISHED"


def test_an_experiment_deleted_during_the_body_is_said(training: Training) -> None:
    experiment = training.last().info.experiment_id

    said = training.fit(lambda: MlflowClient().delete_experiment(experiment))

    assert "could not log the metrics and parameters" in said
    assert mlflow.active_run() is None


def test_a_dataset_whose_experiment_was_deleted_is_said_with_the_way_back(
    training: Training,
) -> None:
    found = MlflowClient().get_experiment_by_name(f"mlsnap/{training.name}")
    MlflowClient().delete_experiment(found.experiment_id)

    assert "belongs to a deleted experiment of MLflow" in training.fit()
    assert training.last().info.status == "FINISHED"


def test_an_archived_dataset_is_said_and_not_linked(training: Training) -> None:
    mlsnap.get_dataset(training.name).archive()

    assert f"the dataset '{training.name}' is archived" in training.fit()
    assert workshop.linked(training.last()) == {}
    assert training.last().data.metrics == {"total": 6.0}


NEW = pd.DataFrame({"x": range(50)})


def begun(dataset: str) -> tuple[Workspace, Claim]:
    """The creation of a snapshot of `NEW` that some other process has begun."""
    workspace = open_workspace()
    entry = workspace.catalog.get(mlsnap.register_dataset(dataset).name)
    digest = read_frame(NEW).profile.digest
    claim = workspace.creations.claim_content(entry, digest, besides=())
    assert isinstance(claim, Claim)
    return workspace, claim


def log_new(dataset: str) -> str:
    with mlflow.start_run():
        return str(mlsnap.log_snapshot(NEW, dataset=dataset).name)  # type: ignore[union-attr]


def test_a_training_uses_the_snapshot_that_another_one_is_making(project: Path) -> None:
    workspace, claim = begun("wine")
    others = threading.Timer(0.3, fill, [workspace, claim, Order(lambda: read_frame(NEW))])
    others.start()

    assert log_new("wine") == claim.name
    others.join()
    assert [each.name for each in mlsnap.get_dataset("wine").summaries()] == ["v1"]


def test_a_training_makes_the_snapshot_that_another_one_died_of(project: Path) -> None:
    workspace, claim = begun("wine")
    workspace.snapshots.client.set_tag(claim.run_id, tags.HEARTBEAT, "0")

    assert log_new("wine") == "v2"
    assert workspace.snapshots.status(claim.run_id) is Status.FAILED


def test_a_training_waits_for_no_snapshot_that_its_own_process_gave_up(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, claim = begun("wine")

    def read_nothing() -> Reading:
        raise SourceError("the disk is gone", "bring it back")

    monkeypatch.setattr(Creations, "fail", None)  # MLflow cannot be told
    with pytest.raises(SourceError):
        fill(workspace, claim, Order(read_nothing))
    monkeypatch.setattr("mlsnap.services.creation._LOOK", None)  # which nobody can sleep

    assert workspace.snapshots.status(claim.run_id) is Status.RUNNING
    assert log_new("wine") == "v2"


def test_a_training_does_not_wait_for_ever(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun("wine")
    monkeypatch.setattr("mlsnap.services.creation._WAIT", 0.3)

    assert log_new("wine") == "v2"


def test_signs_of_life_are_in_the_servers_time(
    project: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    right = time.time
    monkeypatch.setattr(clock.time, "time", lambda: right() - 3600)
    patience.check_health(server)
    workspace, claim = begun(f"skew-{uuid.uuid4().hex[:8]}")
    monkeypatch.undo()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    patience.check_health(server)

    assert workspace.snapshots.status(claim.run_id) is Status.RUNNING
    seen = workspace.snapshots.standing(claim.run_id)
    assert seen is not None
    assert abs(seen.age) < 60
