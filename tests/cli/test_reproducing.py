import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from command_line import on_terminal

import mlsnap
from mlsnap.errors import MlsnapWarning

TRAIN = """
import os

import mlflow
import pandas as pd

import mlsnap


@mlsnap.track(inputs={"people": "people"}, create_data_snapshot=True)
def train(people, factor=2.0):
    if os.environ.get("BREAK"):
        raise RuntimeError("out of luck")
    print("training")
    shift = float(os.environ.get("SHIFT", 0))
    return {"score": float(people["age"].mean()) * factor + shift}


if __name__ == "__main__":
    train(pd.DataFrame({"age": [30.0, 41.5, 29.25]}))
    print(mlflow.last_active_run().info.run_id)
"""


@dataclass(frozen=True)
class Story:
    """A tracked run of a script in a repository, and where it all lies."""

    run_id: str
    folder: Path
    store: Path
    variables: dict[str, str]


@pytest.fixture(scope="module")
def story(tmp_path_factory, empty_database):
    """Made once; nothing may change it."""
    home = tmp_path_factory.mktemp("story")
    folder = home / "project"
    folder.mkdir()
    shutil.copy(empty_database, home / "mlflow.db")
    variables = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db",
        "MLFLOW_EXPERIMENT_NAME": "story",
        "MLSNAP_DATA_DIRECTORY": str(home / "store"),
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site"),
    }
    (folder / "train.py").write_text(TRAIN, encoding="utf-8")
    author = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid")
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Train"]):
        subprocess.run(["git", *author, *words], cwd=folder, check=True)
    command = [sys.executable, "train.py"]
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return Story(done.stdout.splitlines()[-1], folder, home / "store", variables)


@pytest.fixture
def tracked(story, monkeypatch):
    """Stand in the story's folder; the id of its run."""
    monkeypatch.chdir(story.folder)
    for name, value in story.variables.items():
        monkeypatch.setenv(name, value)
    return story.run_id


def test_the_runs_that_used_a_snapshot_are_listed(run, tracked):
    used = run("runs", tracked, "--json").json[-1]
    assert (used["run_id"], used["context"], used["run_name"]) == (tracked, "training", "train")
    assert (used["status"], used["model_uri"]) == ("FINISHED", None)
    lines = run("runs", "people@latest").out.splitlines()
    assert lines[-1].split() == [tracked, "train", "story", "training", "FINISHED"]


def test_a_snapshot_that_no_run_used_says_so(run, people):
    run("snapshot", people)
    assert run("runs", "people@v1").out == "no run used people@v1\n"
    assert run("runs", "people@v1", "--json").json == []


def test_a_run_comes_out_identical(run, tracked):
    ended = run("reproduce", tracked, "--yes")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == f"Plan: make run train ({tracked}) again"
    assert "train of train.py" in lines[1]
    (scores,) = [line.split() for line in lines if line.startswith("score")]
    assert scores[1] == scores[2] == repr((30.0 + 41.5 + 29.25) / 3 * 2)
    assert any(line.startswith("verdict: identical: ") for line in lines)
    assert "training" in ended.err  # what the child prints
    assert "training" not in lines


def test_a_run_that_comes_out_different_ends_with_1_unless_within_the_tolerance(
    run, tracked, monkeypatch
):
    monkeypatch.setenv("SHIFT", "0.001")
    ended = run("reproduce", f"runs:/{tracked}", "--yes", "--json")
    assert ended.code == 1
    assert ended.json["verdict"] == "different"
    assert ended.json["original_run_id"] == tracked != ended.json["run_id"]
    assert ended.json["metrics"][0]["name"] == "score"
    assert isinstance(ended.json["factors"], list)
    within = run("reproduce", tracked, "--yes", "--json", "--rtol", "0.01")
    assert (within.code, within.json["verdict"]) == (0, "equivalent")


def test_a_training_that_raises_ends_with_5(run, tracked, monkeypatch):
    monkeypatch.setenv("BREAK", "1")
    ended = run("reproduce", tracked, "--yes")
    assert ended.code == 5
    assert "verdict: failed: the training raised" in ended.out
    assert "raised: RuntimeError: out of luck" in ended.out


def test_a_dry_run_prints_the_plan_and_runs_nothing(run, tracked):
    ended = run("reproduce", tracked, "--dry-run")
    assert ended.code == 0
    assert ended.out.startswith(f"Plan: make run train ({tracked}) again\n")
    before = run("runs", tracked, "--json").json
    assert run("reproduce", tracked, "--dry-run", "--json").json["missing"] == []
    assert run("runs", tracked, "--json").json == before


@pytest.fixture
def without_store(story):
    """The remote is not where it was."""
    elsewhere = story.store.rename(story.store.with_name("elsewhere"))
    yield
    elsewhere.rename(story.store)


def test_missing_data_ends_with_4_and_is_named(run, tracked, story, without_store):
    ended = run("reproduce", tracked, "--yes", "--json")
    assert ended.code == 4
    assert ended.out == ""
    fact, _ = ended.error()
    assert fact.startswith(f"run {tracked} cannot be made again: ")
    assert f"nothing is at {story.store}" in fact


def test_a_function_that_cannot_be_found_again_is_said_when_tracked_and_ends_with_4(run, project):
    import mlflow

    @mlsnap.track
    def inside(frame):
        return {"rows": len(frame)}

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        inside(pd.DataFrame({"a": [1, 2]}))
    run_id = mlflow.last_active_run().info.run_id
    ended = run("reproduce", run_id, "--dry-run", "--json")
    assert ended.code == 4
    assert "inside" in ended.json["missing"][0]
    assert ended.error()[0].startswith(f"run {run_id} cannot be made again: ")
    assert run("reproduce", run_id, "--yes").code == 4


def test_a_run_that_recorded_no_call_ends_with_4(run, project):
    import mlflow

    with mlflow.start_run() as active:
        mlflow.log_metric("a", 1)
    ended = run("reproduce", active.info.run_id, "--yes")
    assert ended.code == 4
    assert "recorded no call" in ended.error()[0]


def test_without_a_terminal_running_code_needs_yes(run, tracked):
    ended = run("reproduce", tracked)
    assert ended.code == 2
    assert "pass --yes" in ended.err


@pytest.mark.parametrize("words", [["--env", "moon"], ["--rtol", "-1"], ["--rtol", "much"]])
def test_a_value_that_cannot_be_is_a_usage_error(run, words):
    assert run("reproduce", "0" * 32, "--yes", *words).code == 2


def test_a_terminal_is_asked_after_the_plan(run, tracked):
    before = run("runs", tracked, "--json").json
    ended = on_terminal(
        "reproduce", tracked, react=lambda process, terminal: os.write(terminal, b"n\n")
    )
    assert ended.code == 130
    assert ended.out.index("train of train.py") < ended.out.index("run this code? [y/N]")
    assert run("runs", tracked, "--json").json == before
