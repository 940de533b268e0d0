"""A fresh MLflow, data directory and working folder for every test that asks for one."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow_server
import postgresql
import pytest
from hypothesis import settings
from project_folder import settle

settings.register_profile("mlsnap", deadline=None)  # a test never asserts a time
settings.load_profile("mlsnap")

os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ["MLSNAP_REMEMBER_FILES"] = "false"  # but in a project, which has a cache of its own


_ON_ONE_WORKER = {
    "tests/data/test_sql_postgresql.py": "PostgreSQL",
    "tests/tracking/test_back_ends": "PostgreSQL",
    "tests/spark/": "Spark",
    "tests/ui/": "pages",
    "tests/reproduce/test_trainings.py": "trainings",
    "tests/cli/test_demo.py": "demo",
    "tests/cli/test_reproduce_modes.py": "modes",
    "tests/cli/test_reproducing.py": "story",
    "tests/services/test_outcomes.py": "outcomes",
    "tests/services/test_reproduction.py": "lab",
    "tests/reproduce/test_advice.py": "advice",
}
"""Tests, by what they share that takes long to start: one worker runs all that share it."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests go to the workers one by one; those that share something, together."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            place = next(filter(nodeid.startswith, _ON_ONE_WORKER), None)
            return _ON_ONE_WORKER[place] if place else nodeid

    return Scheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Each test begins with the MLflow of its variables, not with one that a test before set."""
    mlflow_itself = sys.modules.get("mlflow.tracking._tracking_service.utils")
    if mlflow_itself:
        mlflow_itself._tracking_uri = None  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with all its tables; making one costs seconds, copying it nothing."""
    import mlflow

    folder = tmp_path_factory.mktemp("mlflow")
    with contextlib.chdir(folder):  # where MLflow makes its folder of artifacts
        mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db").search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def project(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A working folder with its own MLflow on SQLite and its own embedded remote."""
    import mlflow

    database = tmp_path / "mlflow.db"
    shutil.copy(empty_database, database)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE experiments SET artifact_location = ?", [f"{tmp_path}/mlruns/0"])
    connection.close()
    yield settle(monkeypatch, tmp_path, f"sqlite:///{database}")
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture(scope="session")
def server(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real tracking server with proxied artifacts on loopback; its address."""
    folder = tmp_path_factory.mktemp("server")
    mlflow_server.served(empty_database, folder / "mlflow.db")
    with mlflow_server.running(folder) as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_port() -> Iterator[int]:
    """The port of a real PostgreSQL server on loopback."""
    with postgresql.running() as port:
        yield port


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real S3-protocol server on loopback."""
    if not all(importlib.util.find_spec(name) for name in ("moto", "flask", "s3fs")):
        pytest.skip("moto[server] or s3fs is not installed")
    port = mlflow_server.free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    log = tmp_path_factory.mktemp("s3") / "log.txt"
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written)
        try:
            mlflow_server.wait_until_healthy(f"{address}/moto-api/", process, log)
            yield address
        finally:
            process.terminate()
            process.wait()
