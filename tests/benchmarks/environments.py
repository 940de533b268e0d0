"""The environment of peers that do not import beside the libraries mlsnap is tested with."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from processes import FailedRunError

REQUIREMENTS = Path(__file__).with_name("peers.txt")


def peers_python(folder: Path) -> Path:
    """The interpreter of an environment with ``peers.txt``, made below ``folder`` where absent.

    Raises
    ------
    FailedRunError
        If the libraries cannot be installed.
    """
    edition = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:8]
    place = folder / f"peers-{edition}-{sys.version_info.major}.{sys.version_info.minor}"
    python = place / "bin" / "python"
    complete = place / "complete"
    if not complete.exists():
        _install(place, python)
        complete.touch()
    return python


def _install(place: Path, python: Path) -> None:
    venv.create(place, with_pip=True, clear=True)
    command = [python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = next((line for line in done.stderr.splitlines() if "ERROR" in line), "pip failed")
        raise FailedRunError(f"not installed: {reason}")
