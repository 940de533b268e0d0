"""An environment with mlsnap's wheel, and what is asked of it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

ROOT = Path(__file__).parents[2]

Serving = Callable[..., AbstractContextManager[str]]
"""Starts a server and gives its address, as long as a block lasts."""


def built_wheel(folder: Path) -> list[Path]:
    """The project's wheel, in a folder."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder)]
    alone = importlib.util.find_spec("hatchling") is None
    called(*command, *([] if alone else ["--no-build-isolation"]), str(ROOT))
    return list(folder.glob("mlsnap-*.whl"))


def asked(python: Path, code: str) -> str:
    """What a Python prints."""
    return called(str(python), "-c", code, at="/").strip()


def called(*command: str, at: str | None = None) -> str:
    """What a command prints; it must not fail."""
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
