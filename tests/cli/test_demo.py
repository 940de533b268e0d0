"""The demo, as a new user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Run

Told = tuple[Path, str, dict[str, str]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demo's folder, what it printed, and its JSON; run among foreign settings."""
    folder = tmp_path_factory.mktemp("demo") / "story"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    misleading = {
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
        "MLFLOW_EXPERIMENT_NAME": "not-this",
        "MLSNAP_REMOTE": "no-such-remote",
    }
    done = subprocess.run(
        [sys.executable, "-m", "mlsnap", "demo", str(folder), "--json"],
        cwd=elsewhere,
        env={**os.environ, **misleading},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not list(elsewhere.iterdir())
    return folder, done.stderr, json.loads(done.stdout)


def test_it_tells_the_whole_story(told: Told) -> None:
    _, text, _ = told
    steps = ("register wine", "snapshot wine --name first --data", "python train.py", "compare ")
    for step in (*steps, "runs wine@first", "reproduce "):
        assert step in text
    assert "Action status: Completed" in text
    assert "identical" in text
    assert "mlflow ui --backend-store-uri sqlite:///" in text


def test_its_trainings_used_the_two_registered_snapshots(told: Told) -> None:
    folder, _, runs = told
    assert runs["first_run"] != runs["second_run"]
    assert sorted(each.name for each in (folder / "data").iterdir()) == ["wine.csv"]


def test_a_folder_that_holds_something_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ended = run("demo", tmp_path)
    assert ended.code == 3
    assert "exists and is not empty" in ended.err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
