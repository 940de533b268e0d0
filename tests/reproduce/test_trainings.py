"""Unseeded trainings with real libraries, made again from an empty folder in a fresh process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import catalogue
import laboratory
import pytest
from catalogue import Training
from project_folder import settle

import mlsnap
from mlsnap.values.reproduction import Reproduction, Verdict

FUNCTIONS = [each for each in catalogue.ALL if not each.is_script]
SCRIPTS = [each for each in catalogue.ALL if each.is_script]
WORST_FIRST = (Verdict.DIFFERENT, Verdict.EQUIVALENT, Verdict.IDENTICAL)


@dataclass(frozen=True)
class Studio:
    """The project, and a folder elsewhere to reproduce from."""

    project: Path
    elsewhere: Path


@pytest.fixture(scope="module")
def studio(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("studio")
    database = home / "mlflow.db"
    shutil.copy(empty_database, database)
    with pytest.MonkeyPatch.context() as patch:
        elsewhere = settle(patch, home, f"sqlite:///{database}")
        patch.setenv("OMP_WAIT_POLICY", "passive")  # threads that wait take nobody's time
        yield Studio(laboratory.found(home / "lab"), elsewhere)


@pytest.fixture(scope="module")
def made_again(studio: Studio) -> Reproduction:
    """All that can run here, tracked in one process, and made again in another."""
    able = [each for each in FUNCTIONS if not each.missing]
    return mlsnap.reproduce(laboratory.track(studio.project, able), env="current")


@pytest.mark.parametrize("training", FUNCTIONS, ids=lambda each: each.name)
def test_it_comes_out_as_expected(training: Training, made_again: Reproduction) -> None:
    if training.missing:
        pytest.skip(f"{', '.join(training.missing)} is not installed")

    assert made_again.error is None
    assert _verdict(made_again, training.name) in training.verdicts


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_a_whole_script_comes_out_the_same(script: Training, studio: Studio) -> None:
    run_id = laboratory.track_script(studio.project, script)

    report = mlsnap.reproduce(run_id, env="current")

    assert (report.verdict, report.error, report.factors) == ("identical", None, ())
    assert _verdict(report, script.name) == "identical"


def test_processes_with_entropy_of_their_own_are_named(made_again: Reproduction) -> None:
    assert made_again.verdict == "different"
    assert "randomness: random_state was not set, with n_jobs=2 processes or threads" in (
        made_again.factors
    )


def _verdict(report: Reproduction, name: str) -> Verdict:
    found = {pair.verdict for pair in report.metrics if pair.name.startswith(f"{name}.")}
    return next(each for each in WORST_FIRST if each in found)
