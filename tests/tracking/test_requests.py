"""What mlsnap asks of a server for a training on data that was seen before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest
import workshop
from flaky import Flaky, flaky

import mlsnap
from mlsnap.tracking import patience

TRAINING = """
import mlflow
import mlsnap

@mlsnap.track(inputs={"df": "NAME", "train": "NAME", "test": "NAME-test"})
def fit(df, alpha=2.0):
    return {"total": 1.0}

@mlsnap.track(inputs={"train": "NAME", "test": "NAME-test"})
def fit_two(train, test, alpha=2.0):
    return {"total": 1.0}

def plain(alpha=2.0):
    with mlflow.start_run():
        mlflow.log_params({"alpha": alpha})
        mlflow.log_metrics({"total": 1.0})
"""
FRAME = pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", None]})


@pytest.fixture
def counted(project: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flaky]:
    """A way to the server that notes each request; the project has uncommitted changes."""
    name = f"seen-{uuid.uuid4().hex[:8]}"
    (project / "notes.txt").write_text("before")
    (project / "training.py").write_text(
        TRAINING.replace(
            '"df": "NAME", "train": "NAME", "test": "NAME-test"', '"df": "NAME"'
        ).replace("NAME", name)
    )
    workshop.commit_all(project)
    (project / "notes.txt").write_text("after")
    with flaky(server) as way:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", way.address)
        monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", name)
        yield way


@pytest.fixture
def training(counted: Flaky, project: Path) -> ModuleType:
    return workshop.import_from(project, "training")


def asked(way: Flaky) -> list[str]:
    """The requests since the last look, without what MLflow asks once a process."""
    found = [f"{each.method} {each.path}" for each in way.requests]
    way.forget()
    return [each for each in found if "/server-info" not in each]


def check_added(own: list[str], all_of_it: list[str], at_most: int) -> None:
    assert len(all_of_it) - len(own) <= at_most, "\n".join(all_of_it)


def test_a_tracked_call_adds_ten_requests_at_most(counted: Flaky, training: ModuleType) -> None:
    training.fit(FRAME)
    asked(counted)
    training.plain()
    own = asked(counted)

    training.fit(FRAME)

    check_added(own, asked(counted), 10)


def test_a_second_table_adds_seven(counted: Flaky, training: ModuleType) -> None:
    training.fit_two(FRAME, FRAME.iloc[1:])
    asked(counted)
    training.fit(FRAME)
    one = asked(counted)

    training.fit_two(FRAME, FRAME.iloc[1:])

    check_added(one, asked(counted), 6)


def test_a_load_inside_a_run_adds_its_files_inputs_and_tags(
    counted: Flaky, training: ModuleType
) -> None:
    training.plain()
    name = mlsnap.register_dataset(f"load-{uuid.uuid4().hex[:8]}").name
    mlsnap.get_dataset(name).create_snapshot("x", data=FRAME, create_data_snapshot=True)
    with mlflow.start_run():
        asked(counted)
        mlsnap.load(f"{name}@x")
        inside = asked(counted)
    mlsnap.load(f"{name}@x")
    outside = [each for each in asked(counted) if "runs/update" not in each]

    check_added(outside, inside, 8)


def test_a_server_that_answered_a_moment_ago_is_not_asked_whether_it_is_there(
    counted: Flaky, training: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    training.fit(FRAME)
    asked(counted)

    training.fit(FRAME)
    assert "GET /health" not in asked(counted)
    monkeypatch.setattr(patience, "_LATELY", 0.0)
    training.fit(FRAME)
    assert asked(counted).count("GET /health") == 2
