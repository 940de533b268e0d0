from __future__ import annotations

from pathlib import Path

import dvc_projects
import pytest

import mlsnap
from mlsnap.services.datasets import Dataset


@pytest.fixture
def wine(project: Path) -> Dataset:
    """A dataset of frames."""
    return mlsnap.register_dataset("wine")


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """The folder of the embedded remote."""
    return tmp_path / "store" / "remote"


@pytest.fixture(scope="session")
def _dvc_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dvc") / "project"
    with pytest.MonkeyPatch.context() as patched:
        for name in ("DVC_SITE_CACHE_DIR", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR"):
            patched.setenv(name, str(folder.with_name(name)))
        dvc_projects.make_project(folder)
    return folder


@pytest.fixture
def tracked(_dvc_template: Path, project: Path) -> Path:
    """The project is one of git and DVC with tracked, pushed, committed data; its remote."""
    dvc_projects.settle(_dvc_template, project)
    return project.parent / "main"
