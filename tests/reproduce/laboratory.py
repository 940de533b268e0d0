"""A user's project in git with the trainings, tracked in processes of their own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import mlflow
import numpy as np
import workshop
from catalogue import Training

PROJECT = Path(__file__).with_name("project")


def found(at: Path) -> Path:
    """The project, committed, in the folder ``at``."""
    shutil.copytree(PROJECT, at, ignore=shutil.ignore_patterns("__pycache__"))
    (at / ".gitignore").write_text("__pycache__/\nmlruns/\n")
    (at / "letters.csv").write_text(_letters())
    workshop.commit_all(at)
    return at


def track(project: Path, functions: Sequence[Training], *, together: bool = False) -> list[str]:
    """Call the trainings in one process; the ids of their runs, or of the one of all."""
    words = [each.words[0] for each in functions]
    return _new_runs(project, "track.py", *(["--together"] if together else []), *words)


def track_script(project: Path, script: Training) -> str:
    """Run a script under ``mlsnap run``; the id of its run."""
    (run_id,) = _new_runs(project, "-m", "mlsnap", "run", *script.words)
    return run_id


def _new_runs(project: Path, *words: str) -> list[str]:
    before = {each.info.run_id for each in workshop.training_runs()}
    workshop.run_python("-W", "ignore", *words, at=project)
    made = [each.info.run_id for each in workshop.training_runs()]
    return [run_id for run_id in made if run_id not in before]


def metrics_of(run_id: str) -> dict[str, float]:
    return dict(mlflow.get_run(run_id).data.metrics)


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
