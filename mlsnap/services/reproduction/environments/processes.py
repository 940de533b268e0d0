"""Processes whose output is shown as it comes, and that end with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, NoReturn

if sys.platform == "linux":
    from fcntl import F_SETFL, F_SETOWN, F_SETSIG, fcntl

_GRACE_SECONDS = 5.0
_POSIX = os.name == "posix"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its code, negative for a signal, and what it said, if that was kept."""

    code: int
    said: str = ""

    def __str__(self) -> str:
        if self.code >= 0:
            return f"the process ended with code {self.code}"
        name = signal.Signals(-self.code).name if _is_signal(-self.code) else "unknown"
        likely = "; the memory was probably used up" if self.code == -9 else ""
        return f"the process was ended by signal {-self.code} ({name}){likely}"


def run_shown(
    command: Sequence[str],
    *,
    at: Path,
    variables: Mapping[str, str],
    keep: bool = False,
    hidden: str = "\0",
) -> Ended:
    """Run ``command`` in the folder ``at``, with ``variables`` alone; all it says goes to stderr.

    It reads nothing, and is ended with all processes that it started if this one is interrupted
    or told to end; on Linux they are interrupted if this one is killed. With ``keep``, what it
    says is returned, too, and lines that begin with ``hidden`` are not shown.
    """
    piped = keep or not _has_file(sys.stderr)
    said: list[bytes] = []
    with (
        _life_line() as watched,
        subprocess.Popen(
            command,
            cwd=at,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else sys.stderr,
            stderr=subprocess.STDOUT if piped else sys.stderr,
            start_new_session=_POSIX,
            pass_fds=watched,
        ) as process,
    ):
        _tie(process, watched)
        reader = _reading(process.stdout, said, hidden)
        try:
            with _told_to_end():
                process.wait()
        finally:
            _end(process)
        if reader:
            reader.join()
    return Ended(process.returncode, b"".join(said).decode(errors="replace") if keep else "")


@contextmanager
def _life_line() -> Iterator[tuple[int, ...]]:
    """The end of a pipe that hangs up when this process is gone; nothing where none is heard."""
    if sys.platform != "linux":
        yield ()
        return
    watched, held = os.pipe()
    try:
        yield (watched,)
    finally:
        os.close(watched)
        os.close(held)


def _tie(process: subprocess.Popen[bytes], watched: tuple[int, ...]) -> None:
    """Have the system interrupt the group of ``process`` when what it holds of a pipe hangs up."""
    if sys.platform != "linux":
        return
    for file in watched:
        with suppress(OSError):
            fcntl(file, F_SETOWN, -process.pid)
            fcntl(file, F_SETSIG, signal.SIGINT)
            fcntl(file, F_SETFL, os.O_ASYNC)


def _reading(stream: Any, said: list[bytes], hidden: str) -> threading.Thread | None:
    if stream is None:
        return None
    thread = threading.Thread(target=_show, args=(stream, said, hidden), daemon=True)
    thread.start()
    return thread


def _show(stream: BinaryIO, said: list[bytes], hidden: str) -> None:
    for line in stream:
        said.append(line)
        text = line.decode(errors="replace")
        with suppress(OSError, ValueError):
            if not text.startswith(hidden):
                sys.stderr.write(text)
                sys.stderr.flush()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a process and of those it started, first asking, then not."""
    try:
        if process.poll() is None:
            _signal(process, signal.SIGINT if _POSIX else signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_SECONDS)
    finally:  # an impatient user interrupts twice
        _signal(process, signal.SIGKILL if _POSIX else signal.SIGTERM)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if _POSIX:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Being told to end raises `SystemExit` in the block, so that it can end what it started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _hear_interrupts()
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _hear_interrupts() -> None:
    """Set Python's handler again: with a library's (Polars has one) waiting is not interrupted."""
    if (handler := signal.getsignal(signal.SIGINT)) is not None:
        signal.signal(signal.SIGINT, handler)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _has_file(stream: Any) -> bool:
    """Whether a process can write to ``stream`` by itself; a notebook's is none."""
    try:
        return isinstance(stream.fileno(), int)
    except (AttributeError, OSError, ValueError):
        return False


def _is_signal(number: int) -> bool:
    return number in {each.value for each in signal.Signals}
