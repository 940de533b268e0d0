"""The command line as a user meets it: words in; exit code, stdout and stderr out."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PEOPLE = """name,age,joined,active
Ada,36,2020-01-02,true
Bob,41,2021-03-04,false
Cy,,2021-03-05,true
Di,29,2022-07-08,true
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one strict JSON document."""
        return json.loads(self.out, parse_constant=_refused)

    def error(self) -> tuple[str, str]:
        """Fact and hint; fails unless they are all of stderr."""
        fact, hint = self.err.splitlines()
        assert fact.startswith("Error: ")
        assert hint.startswith("Hint: ")
        return fact.removeprefix("Error: "), hint.removeprefix("Hint: ")


def _refused(token: str) -> None:
    raise AssertionError(f"{token} is no JSON")


Run = Callable[..., Ended]

PATIENCE = 60
"""Seconds without a sign of life after which a test gives up."""


def spawn(*words: str | Path, **variables: str) -> Ended:
    """Run ``mlsnap`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "mlsnap", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **variables},
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def on_terminal(
    *words: str,
    react: Callable[[subprocess.Popen[bytes], int], object] = lambda process, terminal: None,
    python: tuple[str, ...] = ("-m", "mlsnap"),
) -> Ended:
    """Run ``mlsnap`` on a terminal; ``react(process, terminal)`` is called when it asks."""
    ours, its = pty.openpty()
    process = subprocess.Popen([sys.executable, *python, *words], stdin=its, stdout=its, stderr=its)
    os.close(its)
    shown, asked = b"", False
    try:
        for piece in _pieces(ours):
            shown += piece
            if b"[y/N]" in shown and not asked:
                asked = True
                react(process, ours)
        code = process.wait(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return Ended(code, shown.decode(), "")


def _pieces(terminal: int) -> Iterator[bytes]:
    """What appears on a terminal, until its other side is closed or nothing comes any more."""
    while select.select([terminal], [], [], PATIENCE)[0]:
        try:
            yield os.read(terminal, 65536)
        except OSError:
            return
