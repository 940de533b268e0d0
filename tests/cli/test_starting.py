"""How a command starts: what it tells NumPy and the search for garbage."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlsnap.cli.garbage import importing_for_good
from mlsnap.values.garbage import seldom_collected

THREADS = "print(len(os.listdir('/proc/self/task')))"
several_threads = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir() or (os.cpu_count() or 1) < 2,
    reason="needs Linux and two cores",
)


def said_by(code: str, **environment: str) -> str:
    """What a new process prints that has started NumPy for a command before."""
    start = "import os; from mlsnap.cli.processor import start_numpy; start_numpy(algebra=False)"
    command = [sys.executable, "-c", f"{start}\nimport numpy\n{code}"]
    clean = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    ended = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**clean, **environment}
    )
    return ended.stdout.strip()


@several_threads
def test_numpy_starts_without_threads_for_algebra() -> None:
    assert said_by(THREADS) == "1"


@several_threads
def test_a_users_own_number_of_threads_stands() -> None:
    said = said_by("print(os.environ['OPENBLAS_NUM_THREADS'])", OPENBLAS_NUM_THREADS="2")

    assert said == "2"


def test_processes_that_a_command_starts_hear_nothing_of_it() -> None:
    names = "'OPENBLAS_NUM_THREADS' in os.environ, 'NPY_DISABLE_CPU_FEATURES' in os.environ"

    assert said_by(f"print({names})") == "False False"


def test_garbage_is_looked_for_as_before_when_a_command_has_ended() -> None:
    before = gc.get_threshold()

    with seldom_collected():
        during = gc.get_threshold()

    assert during > before
    assert gc.get_threshold() == before


def test_what_a_new_process_imports_is_not_looked_through_for_garbage() -> None:
    code = """
import gc
from mlsnap.cli.garbage import importing_for_good
with importing_for_good():
    import numpy
print(gc.get_freeze_count() > 10_000)
"""
    command = [sys.executable, "-c", code]

    assert subprocess.run(command, check=True, capture_output=True).stdout.strip() == b"True"


def test_a_process_that_did_other_work_before_keeps_looking_for_garbage() -> None:
    import numpy  # noqa: F401 - work of another kind

    before = gc.get_freeze_count()
    with importing_for_good():
        pass

    assert gc.get_freeze_count() == before
