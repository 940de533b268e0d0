"""Processes forked from one that has imported everything and opened nothing."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import mlflow
import pandas as pd
import workshop

import mlsnap

PATIENCE = 240
"""Seconds after which a process that does not end is taken to be locked, and ended."""

_answers = -1


@dataclass(frozen=True)
class End:
    """How a process ended: its exit code, what it returned, and its traceback if it raised."""

    code: int
    value: Any = None
    error: str = ""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def get(self) -> Any:
        """What was returned; an error there is an error here."""
        assert self.code == 0, self.error or f"the process ended with {self.code}"
        return self.value


@dataclass(frozen=True)
class Forked:
    """A process at work, and the pipe on which it answers."""

    pid: int
    answers: int

    def end(self) -> End:
        with os.fdopen(self.answers, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return End(code, *(pickle.loads(answer) if answer else ()))


def drive(driver: str, *arguments: str, at: Path) -> Any:
    """What a script beside this file, which forks, prints as JSON; it must not fail."""
    script = Path(__file__).with_name(driver)
    process = workshop.start_python(
        str(script), *arguments, at=at, PYTHONPATH=str(script.parents[1])
    )
    printed, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, printed
    return json.loads(printed.splitlines()[-1])


def fork(work: Callable[[], Any]) -> Forked:
    """Begin ``work`` in a process of its own."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _work(work, writing)
    os.close(writing)
    return Forked(pid, reading)


def run(work: Callable[[], Any]) -> End:
    """Do ``work`` in a process of its own."""
    return fork(work).end()


def die(last_words: object) -> NoReturn:
    """End this process as nothing it does can prevent, in whatever thread."""
    _answer(last_words)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def warm_up() -> None:
    """Import what mlsnap imports late, by using it in a folder and an MLflow of its own."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        os.environ["MLSNAP_DATA_DIRECTORY"] = f"{folder}/store"
        _use_everything()
    os.environ.clear()
    os.environ.update(before)


def _use_everything() -> None:
    pd.DataFrame({"x": range(10), "y": list("abcdefghij")}).to_csv("x.csv", index=False)
    people = mlsnap.register_dataset("people", "x.csv")
    taken = people.create_snapshot("spring", create_data_snapshot=True)
    taken.to_pandas_dataframe()
    taken.verify()
    people.get_all_snapshots()
    people.delete_snapshot("spring")
    assert mlflow.active_run() is None


def _work(work: Callable[[], Any], answers: int) -> NoReturn:
    global _answers  # noqa: PLW0603 - a process has one
    _answers = answers
    signal.alarm(PATIENCE)
    try:
        _answer(work())
    except BaseException:
        _answer(None, traceback.format_exc())
        os._exit(1)
    os._exit(0)


def _answer(value: object, error: str = "") -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(_answers, "wb") as pipe:
        pickle.dump((value, error), pipe)
