"""What was changed between two runs is what the report names."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
import workshop
from project_folder import settle

import mlsnap
from mlsnap.values.reproduction import Reproduction

TRAIN = """
import numpy as np
import pandas as pd

import mlsnap

FACTOR = 2.0


@mlsnap.track(inputs={"path": "people"}, create_data_snapshot=True)
def train(path: str, seed: int = 1) -> dict[str, float]:
    chance = np.random.default_rng(seed)
    return {"score": FACTOR * float(pd.read_csv(path)["age"].mean()) + chance.random()}
"""


@pytest.fixture(scope="module")
def run_id(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A run of a training in the folder where the tests stand."""
    home = tmp_path_factory.mktemp("factors")
    shutil.copy(empty_database, home / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        root = settle(patch, home, f"sqlite:///{home}/mlflow.db")
        patch.setenv("PYTHONHASHSEED", "0")
        (root / "lesson.py").write_text(TRAIN)
        (root / "people.csv").write_text("age\n36\n41\n29\n")
        (root / ".gitignore").write_text("*.csv\nmlruns/\n__pycache__/\n")
        workshop.commit_all(root)
        lesson = workshop.import_from(root, "lesson")
        with mlflow.start_run() as run:
            lesson.train("people.csv")
        yield str(run.info.run_id)


def kinds(report: Reproduction) -> set[str]:
    return {each.partition(":")[0] for each in report.factors} - {"randomness"}


def test_nothing_changed_is_identical_with_no_factor(run_id: str) -> None:
    report = mlsnap.reproduce(run_id, env="current")

    assert (report.verdict, report.factors) == ("identical", ())


def test_another_seed_is_an_argument_and_the_run_a_what_if(run_id: str) -> None:
    report = mlsnap.reproduce(run_id, env="current", params={"seed": "2"})

    assert (report.verdict, kinds(report)) == ("different", {"arguments"})
    assert report.factors[0].startswith("arguments: seed: 1 -> 2")
    assert report.what_if == ("seed=2",)


def test_another_line_of_code_is_named_with_its_file(run_id: str) -> None:
    Path("lesson.py").write_text(TRAIN.replace("FACTOR = 2.0", "FACTOR = 3.0"))
    try:
        report = mlsnap.reproduce(run_id, env="current", code="current")
    finally:
        Path("lesson.py").write_text(TRAIN)

    assert (report.verdict, kinds(report)) == ("different", {"code"})
    assert "lesson.py" in report.factors[0]


def test_another_row_of_the_data_is_named_with_its_input(run_id: str) -> None:
    before = Path("people.csv").read_text()
    Path("people.csv").write_text(before.replace("41", "42"))
    try:
        report = mlsnap.reproduce(run_id, env="current", data="current")
    finally:
        Path("people.csv").write_text(before)

    assert (report.verdict, kinds(report)) == ("different", {"data"})
    assert "'training'" in report.factors[0]
