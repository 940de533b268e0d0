"""Where a call ran: Python, packages, machine, and the variables that change results."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from mlsnap.lineage import indexes, installed, machine
from mlsnap.lineage.environment_differences import (
    differences,
    differences_by_kind,
    package_differences,
    threads_of,
)
from mlsnap.lineage.variables import THREADS, VARIABLES
from mlsnap.values.lineage import Environment

__all__ = [
    "THREADS",
    "VARIABLES",
    "capture",
    "differences",
    "differences_by_kind",
    "lock_files",
    "package_differences",
    "threads_of",
]

LOCKS = (
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "conda-lock.yml",
    "environment.yml",
)
"""Files in which a project's own tools keep its packages."""

LOCK_LIMIT = 5_000_000
"""Bytes above which such a file is not kept."""


def capture(root: Path | None = None) -> Environment:
    """The environment of this process; what cannot change is looked up once.

    ``root`` is that of the code: packages that are installed from a folder below it count as part
    of the code.
    """
    return Environment(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform=platform.platform(),
        machine=platform.machine(),
        cpu=machine.cpu(),
        cpu_count=machine.cpu_count(),
        packages=installed.packages(),
        origins=installed.origins(root),
        indexes=indexes.recorded(),
        conda=installed.conda(),
        variables={name: os.environ[name] for name in VARIABLES if name in os.environ},
        libraries=machine.libraries(),
        accelerators=machine.accelerators(),
        settings=machine.settings(),
    )


def lock_files(root: Path) -> dict[str, bytes]:
    """The lock files in a folder, by name; those above 5 MB are left out."""
    files = (root / name for name in LOCKS)
    return {file.name: file.read_bytes() for file in files if _is_kept(file)}


def _is_kept(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and file.stat().st_size <= LOCK_LIMIT
