"""Trainings, and reruns of them, that end in another way than by returning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest
import workshop

import mlsnap
from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import environment as environments
from mlsnap.services.reproduction import recorded
from mlsnap.values.lineage import FORMAT, Body, Call, Entry

TRAINING = """
import sys

import mlsnap


@mlsnap.track
def leave(first, second):
    print("out of", first)
    if first == "nothing":
        sys.exit()
    sys.exit(int(first))
"""


@pytest.mark.parametrize(("code", "verdict", "status"), [("0", "identical", "FINISHED")])
def test_a_training_that_ends_its_process_without_an_error_is_made_again(
    project: Path, code: str, verdict: str, status: str
) -> None:
    (project / "leaving.py").write_text(TRAINING)
    workshop.commit_all(project)
    with pytest.raises(SystemExit):
        workshop.import_from(project, "leaving").leave(code, 1)
    original = workshop.the_run()
    assert original.info.status == "FINISHED"

    report = mlsnap.reproduce(original.info.run_id)

    assert (report.error, report.verdict) == (None, "identical")
    assert mlflow.get_run(report.run_id).info.status == "FINISHED"


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (Call, {**Call(Entry("a", "b"), None, environments.capture(), {}, {}).to_dict()}),
        (Body, Body().to_dict()),
    ],
)
def test_a_record_of_a_newer_mlsnap_is_none_that_is_damaged(
    kind: type[Call] | type[Body], stored: dict[str, object], tmp_path: Path
) -> None:
    file = tmp_path / "call.json"
    file.write_text(json.dumps({**stored, "format": FORMAT + 1, "further": 1}))
    with pytest.raises(NotReproducibleError) as no:
        recorded.read(kind, file)
    assert no.value.fact == (
        f"a newer mlsnap recorded the run: call.json has format version {FORMAT + 1}, this mlsnap "
        f"reads up to {FORMAT}"
    )
    assert no.value.hint == "upgrade mlsnap"


SHOWING = """
import os, sys, pathlib
from mlsnap.services.reproduction.environments.processes import run_shown
run_shown([sys.executable, "-c", sys.argv[1]], at=pathlib.Path.cwd(), variables=os.environ)
"""
WAITING = """
import pathlib, time
pathlib.Path("begun").touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path("told").touch()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the child")
def test_a_process_is_interrupted_when_the_one_that_shows_it_is_killed(tmp_path: Path) -> None:
    paths = {**os.environ, "PYTHONPATH": str(Path(mlsnap.__file__).parents[1])}
    outer = subprocess.Popen([sys.executable, "-c", SHOWING, WAITING], cwd=tmp_path, env=paths)
    wait_for(tmp_path / "begun", outer)
    outer.send_signal(signal.SIGKILL)
    outer.wait()
    wait_for(tmp_path / "told")


def wait_for(file: Path, process: subprocess.Popen[bytes] | None = None) -> None:
    end = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < end
        assert process is None or process.poll() is None
        time.sleep(0.02)
