"""Real remotes: local folders, a git + DVC project, and a small HTTP server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from storage_places import FILES, Run, Served, s3_remote, serve, store

from mlsnap.storage import Remote, open_remote
from mlsnap.values.snapshot import DataCopy


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def variables(home: Path) -> dict[str, str]:
    """Keep git and DVC inside the tests' own folders, and off the network."""
    places = {
        "HOME": "",
        "USERPROFILE": "",
        "XDG_CONFIG_HOME": "config",
        "XDG_CACHE_HOME": "cache",
        "XDG_DATA_HOME": "data",
        "DVC_SITE_CACHE_DIR": "site",
        "DVC_GLOBAL_CONFIG_DIR": "global",
        "DVC_SYSTEM_CONFIG_DIR": "system",
    }
    return {
        **{name: str(home / place) for name, place in places.items()},
        "DVC_NO_ANALYTICS": "1",
        "DVC_TEST": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


@pytest.fixture(autouse=True)
def _own_home(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def run(variables: dict[str, str]) -> Run:
    def run(folder: Path, *command: str) -> str:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def dvc(run: Run) -> Run:
    return lambda folder, *arguments: run(folder, sys.executable, "-m", "dvc", *arguments)


@pytest.fixture(scope="session")
def _template(run: Run, dvc: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    run(folder, "git", "init", "-q", ".")
    dvc(folder, "init", "-q")
    dvc(folder, "remote", "add", "-q", "-d", "Shared", "../shared")
    return folder


@pytest.fixture
def project(_template: Path, tmp_path: Path) -> Path:
    """A git + DVC project with a default remote beside it."""
    return shutil.copytree(_template, tmp_path / "project")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `FILES`."""
    for number, name in enumerate(FILES):
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty.bin" else bytes([number]) * 70_000)
    return tmp_path / "folder"


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return open_remote(str(tmp_path / "store"), project=tmp_path, embedded=tmp_path / "unused")


@pytest.fixture
def copy(folder: Path, remote: Remote) -> DataCopy:
    return store(folder, remote)


@pytest.fixture
def bucket(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    """A remote in a bucket of a real S3-protocol server."""
    pytest.importorskip("dvc_s3", reason="dvc[s3] is not installed")
    with s3_remote(s3, tmp_path, monkeypatch) as remote:
        yield remote


@pytest.fixture(params=["remote", "bucket"])
def place(request: pytest.FixtureRequest) -> Remote:
    """A remote that can be swept: a local folder, and a bucket."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Remote)
    return found


@pytest.fixture
def served() -> Iterator[Served]:
    with serve() as held:
        yield held
