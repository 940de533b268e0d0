from __future__ import annotations

import os
from pathlib import Path

import git_project
import pytest


@pytest.fixture(autouse=True)
def nobodys_git_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def project(tmp_path: Path) -> git_project.Project:
    """A repository with one commit and no remote."""
    project = git_project.create(tmp_path / "project")
    project.write("train.py", "print(1)\nprint(2)\nprint(3)\n")
    project.write("logo.bin", bytes(range(256)))
    project.write("tool.sh", "#!/bin/sh\n")
    project.write(".gitignore", "ignored/\n")
    project.commit()
    return project
