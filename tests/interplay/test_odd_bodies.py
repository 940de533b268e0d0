"""Bodies that leave MLflow in another state than they found it in."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import MlsnapWarning, TrackingError

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def stores(project: Path, empty_database: Path) -> Iterator[tuple[str, str]]:
    """The addresses of the project's MLflow, and of another one."""
    first = mlflow.get_tracking_uri()
    shutil.copy(empty_database, project / "other.db")
    yield first, f"sqlite:///{project}/other.db"
    mlflow.set_tracking_uri(None)


def test_a_strict_call_that_cannot_end_leaves_no_run_to_the_next(bodies: ModuleType) -> None:
    with pytest.raises(TrackingError, match="could not log to run"):
        bodies.deletes_its_run(FRAME)

    assert mlflow.active_run() is None


def test_a_body_that_turns_to_another_mlflow_logs_there(
    bodies: ModuleType, stores: tuple[str, str]
) -> None:
    first, other = stores

    with pytest.warns(MlsnapWarning, match="other.db is not linked to its data: call mlflow.set_"):
        assert bodies.turns_to(FRAME, other) == {"returned": 2.0}

    assert the_run().data.metrics == {"elsewhere": 1.0}
    mlflow.set_tracking_uri(first)
    run = the_run()
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"returned": 2.0}
    assert linked(run) == {"training": "turns_to.df@v1"}


def test_a_body_that_turns_back_is_in_its_run_again(
    bodies: ModuleType, stores: tuple[str, str]
) -> None:
    first, other = stores

    bodies.turns_to(FRAME, other, back_to=first)

    assert mlflow.active_run() is None
    assert the_run().data.metrics == {"back": 1.0, "returned": 2.0}


def test_a_nested_run_with_none_around_it_is_the_calls(bodies: ModuleType) -> None:
    bodies.starts_a_child_of_none(FRAME)

    assert the_run().data.metrics == {"inside": 1.0}
    assert linked(the_run()) == {"training": "starts_a_child_of_none.df@v1"}


def test_a_child_left_open_leaves_no_ended_run_active_below_it(bodies: ModuleType) -> None:
    bodies.leaves_a_child_open(FRAME)
    assert mlflow.active_run().data.tags["mlflow.parentRunId"]

    mlflow.end_run()

    assert mlflow.active_run() is None


def test_a_run_that_a_coroutine_leaves_open_is_ended(bodies: ModuleType) -> None:
    asyncio.run(bodies.logs_after_its_run(FRAME))

    runs = training_runs()
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"]
    assert [linked(run) for run in runs] == 2 * [{"training": "logs_after_its_run.df@v1"}]


def test_threads_that_link_at_once_take_no_context_from_each_other(bodies: ModuleType) -> None:
    wine = mlsnap.register_dataset("wine")
    taken = [
        wine.create_snapshot(data=FRAME + number, create_data_snapshot=True) for number in range(4)
    ]

    bodies.loads_side_by_side([each.reference for each in taken])

    run = the_run()
    assert sorted(linked(run).values()) == ["wine@v1", "wine@v2", "wine@v3", "wine@v4"]
    for context in linked(run):
        profile = mlflow.artifacts.load_dict(
            f"{run.info.artifact_uri}/mlsnap/{context}/profile.json"
        )
        assert profile["digest"] == run.data.tags[f"mlsnap.digest.{context}"]


def test_a_call_loads_no_module_that_waits_for_its_first_use(
    bodies: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("broken.py").write_text("raise ImportError('a library that is not installed')")
    spec = importlib.util.find_spec("broken")
    assert spec
    assert spec.loader
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "broken", lazy)
    spec.loader.exec_module(lazy)

    assert bodies.starts_by_name(FRAME) is None

    assert linked(the_run()) == {"training": "starts_by_name.df@v1"}
