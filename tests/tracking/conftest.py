"""An MLflow of every kind for the tests that ask for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import postgresql
import pytest
from back_ends import BACK_ENDS, BackEnd, Build, unused
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from project_folder import settle

NewStore = Callable[[str], str]


@pytest.fixture(scope="session")
def new_store(postgresql_port: int, tmp_path_factory: pytest.TempPathFactory) -> NewStore:
    """Makes a PostgreSQL database with all tables of MLflow; its URL."""
    url = postgresql.new_database(postgresql_port, "tables")
    SqlAlchemyStore(url, str(tmp_path_factory.mktemp("tables"))).engine.dispose()
    return lambda name: postgresql.new_database(postgresql_port, name, like="tables")


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
        yield running_back_end.uri
