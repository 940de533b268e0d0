"""An MLflow of every kind for the tests that ask for one."""

from __future__ import annotations

from collections.abc import Iterator

import mlflow
import pytest
from back_ends import BACK_ENDS, BackEnd, Build, unused
from project_folder import settle


@pytest.fixture(scope="session", params=BACK_ENDS)
def running_back_end(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BackEnd]:
    """An MLflow of one kind, as long as tests use it."""
    build: Build = request.param
    with build(request, tmp_path_factory.mktemp("back-end")) as found:
        yield found


@pytest.fixture(scope="module")
def back_end(running_back_end: BackEnd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address; it is this process's MLflow, with an experiment of its own for trainings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in running_back_end.variables.items():
            patch.setenv(name, value)
        settle(patch, tmp_path_factory.mktemp("at-back-end"), running_back_end.uri)
        patch.setenv("MLFLOW_EXPERIMENT_NAME", unused("training"))
        patch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)
        yield running_back_end.uri
