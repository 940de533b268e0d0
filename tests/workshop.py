"""A user's project in git, with training code that is imported here or run as a script."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.org"))
}


def git(root: Path, *arguments: str) -> str:
    variables = {**os.environ, **IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=variables, capture_output=True, check=True, text=True
    )
    return done.stdout


def commit_all(root: Path) -> str:
    """Make ``root`` a repository if it is none, and commit all that lies in it."""
    if not (root / ".git").exists():
        git(root, "-c", "init.defaultBranch=main", "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "a commit")
    return git(root, "rev-parse", "HEAD").strip()


def import_from(root: Path, name: str) -> ModuleType:
    """The module ``name`` as the files below ``root`` have it now."""
    for loaded in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[loaded]
    sys.path.insert(0, str(root))
    try:
        invalidate_caches()
        return import_module(name)
    finally:
        sys.path.remove(str(root))


def run_python(*arguments: str, at: Path, stdin: str = "", **variables: str) -> str:
    """Run Python in the folder ``at``; its output, both streams. It must not fail."""
    done = start_python(*arguments, at=at, **variables)
    output, _ = done.communicate(stdin, timeout=120)
    assert done.returncode == 0, output
    return output


def start_python(*arguments: str, at: Path, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=at,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def training_runs() -> list[Run]:
    """The runs in MLflow's default experiment, oldest first."""
    return list(MlflowClient().search_runs(["0"], order_by=["start_time ASC"]))


def the_run() -> Run:
    """The only one of them."""
    (run,) = training_runs()
    return run


def linked(run: Run) -> dict[str, Any]:
    """Reference of each snapshot that the run used, by context."""
    prefix = "mlsnap.snapshot."
    tags = run.data.tags.items()
    return {key.removeprefix(prefix): value for key, value in tags if key.startswith(prefix)}
