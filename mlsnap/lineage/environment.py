"""Where a call ran: Python, packages, machine, and the variables that change results."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from mlsnap.values.lineage import Environment

VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "PYTHONHASHSEED",
    "CUBLAS_WORKSPACE_CONFIG",
    "TZ",
    "LANG",
    "LC_ALL",
)
"""The only environment variables that are ever recorded."""

_CPUINFO = Path("/proc/cpuinfo")


def capture() -> Environment:
    """The environment of this process; packages are looked up once."""
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        cpu=_cpu(),
        cpu_count=_cpu_count(),
        packages=dict(_packages()),
        variables={name: os.environ[name] for name in VARIABLES if name in os.environ},
    )


def differences(reference: Environment, current: Environment) -> list[str]:
    """What differs, one readable line each; empty if nothing does.

    >>> old = Environment("3.11.7", "Linux", "x86_64", "cpu", 4, {"numpy": "2.0.0"})
    >>> new = Environment("3.11.7", "Linux", "x86_64", "cpu", 4, {}, {"OMP_NUM_THREADS": "2"})
    >>> differences(old, new)
    ['numpy 2.0.0 -> not installed', 'variable OMP_NUM_THREADS: unset -> 2']
    """
    return [
        *_changed_facts(reference, current),
        *_changes(reference.packages, current.packages, missing="not installed"),
        *(
            f"variable {line}"
            for line in _changes(
                reference.variables, current.variables, missing="unset", separator=": "
            )
        ),
    ]


def _changed_facts(reference: Environment, current: Environment) -> Iterator[str]:
    for name in ("python", "platform", "machine", "cpu", "cpu_count"):
        before, now = getattr(reference, name), getattr(current, name)
        if before != now:
            yield f"{name.replace('_', ' ')} {before} -> {now}"


def _changes(
    reference: dict[str, str], current: dict[str, str], *, missing: str, separator: str = " "
) -> Iterator[str]:
    for name in sorted(reference.keys() | current.keys()):
        before, now = reference.get(name, missing), current.get(name, missing)
        if before != now:
            yield f"{name}{separator}{before} -> {now}"


@cache
def _packages() -> dict[str, str]:
    """Installed distributions; the first on ``sys.path`` is the one that is imported."""
    found: dict[str, str] = {}
    for distribution in distributions():
        metadata = distribution.metadata
        if metadata and "Name" in metadata and "Version" in metadata:
            name = re.sub(r"[-_.]+", "-", metadata["Name"]).lower()
            found.setdefault(name, metadata["Version"])
    return dict(sorted(found.items()))


@cache
def _cpu() -> str:
    try:
        lines = _CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or platform.machine()


def _cpu_count() -> int:
    """CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
