"""A command as a whole process: the CPU time, wall time and memory it took, and what it said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

KIBIBYTE = 1 if sys.platform == "darwin" else 1024
"""Bytes in the unit that the system counts a process's memory in."""


class FailedRunError(RuntimeError):
    """The process ended with an error, took too long, or said nothing that can be read."""


@dataclass(frozen=True)
class Run:
    """What one process took: seconds, the most memory it held, and what it sent away, in MiB.

    The measuring process must be small itself: a child begins with its parent's peak.
    """

    cpu: float
    wall: float
    peak: float
    sent: float | None = None


def measure(
    command: Sequence[str | Path], *, timeout: float, silent: bool = False
) -> tuple[Run, dict[str, Any]]:
    """Run ``command`` to its end; what it took, and the JSON object in its last line of output.

    A ``silent`` command prints no such line.

    Raises
    ------
    FailedRunError
        If it fails, or is not done after ``timeout`` seconds.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            run, code = _run(command, output, errors, timeout=timeout)
        except OSError as error:
            raise FailedRunError(str(error)) from error
        if code == -signal.SIGKILL and run.wall >= timeout:
            raise FailedRunError(f"not done after {timeout:.0f} s")
        if code:
            raise FailedRunError(_last_line(errors) or f"exit code {code}")
        return run, {} if silent else _said(output)


def _run(
    command: Sequence[str | Path], output: IO[bytes], errors: IO[bytes], *, timeout: float
) -> tuple[Run, int]:
    begun = time.perf_counter()
    process = subprocess.Popen(
        [str(each) for each in command], stdout=output, stderr=errors, start_new_session=True
    )
    timer = threading.Timer(timeout, _kill, [process.pid])
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        _kill(process.pid)
        process.wait()
        raise
    finally:
        timer.cancel()
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * KIBIBYTE / 2**20
    return Run(usage.ru_utime + usage.ru_stime, wall, peak), process.returncode


def _kill(leader: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.killpg(leader, signal.SIGKILL)


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = [line.strip() for line in file.read().decode(errors="replace").split("\n")]
    return next((line for line in reversed(lines) if line and not line.startswith("Hint:")), "")


def _said(output: IO[bytes]) -> dict[str, Any]:
    line = _last_line(output)
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise FailedRunError(f"said {line[:80]!r} instead of what it computed")
    return said
