"""The example project, made again where its first clone, cache and environment are gone."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from functools import partial
from importlib.metadata import requires, version
from pathlib import Path

import mlflow
import pytest
import workshop
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import mlsnap
from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import environment, lock
from mlsnap.services.reproduction.environments import built, overlay, uv

EXAMPLE = Path(mlsnap.__file__).parents[1] / "example_project"
MAY_NOT_SKIP = "index" in os.environ.get("MLSNAP_TESTS_MAY_NOT_SKIP", "")

pytestmark = [
    pytest.mark.skipif(uv.find() is None, reason="uv is not installed"),
    pytest.mark.skipif(not EXAMPLE.exists(), reason="the example project is not at hand"),
]


def needed_by(*names: str) -> dict[str, str]:
    """The packages that these need, all the way down, as they are installed here."""
    waiting = [Requirement(name) for name in names]
    seen = set()
    while waiting:
        asked = waiting.pop()
        for extra in ("", *asked.extras):
            if (asked.name, extra) not in seen:
                seen.add((asked.name, extra))
                waiting += filter(
                    partial(_applies, extra), map(Requirement, requires(asked.name) or ())
                )
    return {canonicalize_name(name): version(name) for name, _ in seen}


def _applies(extra: str, requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


@pytest.fixture
def first_environment(tmp_path: Path) -> tuple[Path, Path]:
    """An environment with fewer packages than this one: its Python, and where mlsnap lies."""
    here = environment.capture()
    packages = needed_by("mlsnap", "scikit-learn")
    few = dataclasses.replace(here, packages=packages, origins={})
    try:
        made = built.build(tmp_path / "first" / "environment", few, lock.requirements(few))
    except NotReproducibleError as error:
        if MAY_NOT_SKIP:
            raise
        pytest.skip(f"no package index: {error}")
    place = tmp_path / "first" / "mlsnap"
    place.mkdir()
    return made.python, overlay.make(place, few)


@pytest.fixture
def tracking(project: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of MLflow, with an experiment of its own for what is trained."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "another machine")
    return server


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """The repository that everybody clones."""
    workshop.git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    return tmp_path / "origin.git"


def work_in(clone: Path, origin: Path) -> None:
    """The example project: a commit that is pushed, one that is not, and a changed line."""
    workshop.git(clone.parent, "clone", "--quiet", str(origin), clone.name)
    shutil.copytree(EXAMPLE, clone, dirs_exist_ok=True)
    (clone / ".gitignore").write_text("data/\n")
    workshop.commit_all(clone)
    workshop.git(clone, "push", "--quiet", "origin", "HEAD:main")
    (clone / "notes.txt").write_text("not pushed")
    workshop.commit_all(clone)
    training = (clone / "train.py").read_text()
    (clone / "train.py").write_text(training.replace("trees: int = 50", "trees: int = 7"))


def test_it_comes_out_identical(
    tracking: str,
    origin: Path,
    first_environment: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    python, place = first_environment
    first = tmp_path / "first"
    work_in(first / "clone", origin)
    own = {"PYTHONPATH": str(place), "MLSNAP_CACHE_DIRECTORY": str(first / "cache")}
    for script in ("get_data.py", "train.py"):
        subprocess.run([python, script], cwd=first / "clone", env={**os.environ, **own}, check=True)
    shutil.rmtree(first)
    workshop.git(tmp_path, "clone", "--quiet", str(origin), "second")
    monkeypatch.chdir(tmp_path / "second")
    (run,) = mlflow.search_runs(experiment_names=["another machine"], output_format="list")

    report = mlsnap.reproduce(run.info.run_id)

    assert (report.verdict, report.error, report.factors) == ("identical", None, ())
    assert {pair.name: pair.reproduced for pair in report.params}["trees"] == "7"
    assert workshop.git(Path.cwd(), "status", "--porcelain") == ""
