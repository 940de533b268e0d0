"""Real MLflow servers with mlsnap's pages, out of an environment with the built wheel."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from installed_wheel import Serving, asked, built_wheel, called
from mlflow_server import free_port, served, wait_until_healthy


@pytest.fixture(scope="session")
def wheel_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with mlsnap from its wheel, and what else the tests have."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip, which builds the wheel, is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = built_wheel(folder)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    packages = Path(asked(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(python)]
    called(*pip, "install", "--no-deps", "--no-index", str(wheel))
    others = [place for place in sys.path if place.endswith("site-packages")]
    (packages / "tests.pth").write_text("\n".join(others), encoding="utf-8")
    home = asked(python, "import mlsnap; print(mlsnap.__file__)")
    assert Path(home).is_relative_to(packages), "mlsnap does not come from the wheel"
    return python


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of the servers: whose copies they show."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def serving(
    wheel_python: Path,
    empty_database: Path,
    store: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Serving:
    """Starts a server and gives its address, as long as a block lasts.

    It is called with the words that ``python -m`` runs, with variables and, if there is something
    in it already, a database; artifacts go through the server, unless they have another place.
    """

    @contextmanager
    def started(*words: str, database: Path | None = None, **variables: str) -> Iterator[str]:
        folder = tmp_path_factory.mktemp("served")
        database = database or served(empty_database, folder / "mlflow.db")
        port = free_port()
        environment = {
            **os.environ,
            "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{database}",
            "MLFLOW_TRACKING_URI": f"sqlite:///{database}",
            "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_WORKERS": "1",
            "MLSNAP_DATA_DIRECTORY": str(store),
            **variables,
        }
        command = [str(wheel_python), "-m", *words, "--host", "127.0.0.1", "--port", str(port)]
        log = folder / "log.txt"
        with log.open("wb") as written:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=written,
                stderr=written,
                env=environment,
                start_new_session=True,
            )
        address = f"http://127.0.0.1:{port}{variables.get('MLFLOW_STATIC_PREFIX', '')}"
        try:
            wait_until_healthy(f"{address}/health", process, log)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    return started


@pytest.fixture(scope="session")
def ui_server(serving: Serving) -> Iterator[str]:
    """The address of a server that ``mlsnap ui`` started: ``mlflow server --app-name mlsnap``."""
    with serving("mlsnap", "ui") as address:
        yield address
