"""A user's project in git with the trainings, tracked in processes of their own."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import workshop
from catalogue import Training

from mlsnap.cli import main

PROJECT = Path(__file__).with_name("project")


def found(at: Path) -> Path:
    """The project, committed, in the folder ``at``."""
    shutil.copytree(PROJECT, at, ignore=shutil.ignore_patterns("__pycache__"))
    (at / ".gitignore").write_text("__pycache__/\nmlruns/\n")
    (at / "letters.csv").write_text(_letters())
    workshop.commit_all(at)
    return at


def track(project: Path, functions: Sequence[Training]) -> str:
    """Call the trainings in one process and one run; its id."""
    words = [each.words[0] for each in functions]
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}  # of large libraries: the rerun loads them too
    workshop.run_python("-W", "ignore", "track.py", *words, at=project, **compiled)
    return _last_run()


def track_script(project: Path, script: Training) -> str:
    """Run a script under ``mlsnap run``; the id of its run."""
    with contextlib.chdir(project), pytest.raises(SystemExit) as ended:
        main(["run", *script.words], prog_name="mlsnap")
    assert not ended.value.code
    return _last_run()


def _last_run() -> str:
    return str(workshop.training_runs()[-1].info.run_id)


def _letters(count: int = 300) -> str:
    chance = np.random.default_rng(5)
    words = ["free", "win", "prize", "now", "meet", "lunch", "report", "ask", "rain", "green"]
    spam = chance.random(count) < 0.4
    weights = np.arange(len(words), 0, -1.0)
    rows = []
    for each in spam:
        likely = weights if each else weights[::-1]
        drawn = chance.choice(words, chance.integers(4, 12), p=likely / likely.sum())
        rows.append(f"{' '.join(drawn)},{int(each)}")
    return "text,spam\n" + "\n".join(rows) + "\n"
