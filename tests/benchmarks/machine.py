"""The machine, the system and the state of mlsnap's own code."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def facts() -> dict[str, str]:
    """What a reader needs to judge the figures, by name."""
    return {
        "processor": _processor(),
        "cores": str(_cores()),
        "memory": f"{_memory() / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "commit": _commit(),
    }


def watch_others() -> Callable[[], float | None]:
    """Begin to watch; what is returned says the share of the cores that others took since.

    Others are all processes but this one and its children that have ended. ``None`` where the
    system does not tell.
    """
    begun, others = time.monotonic(), _others()

    def share() -> float | None:
        now = _others()
        if others is None or now is None:
            return None
        return max(0.0, (now - others) / (time.monotonic() - begun) / (os.cpu_count() or 1))

    return share


def _others() -> float | None:
    """CPU seconds of all processes but ours, since the machine started."""
    counted = Path("/proc/stat")
    if not counted.exists():
        return None
    user, nice, system, _idle, _waiting, *interrupts = map(
        int, counted.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    )
    busy = (user + nice + system + sum(interrupts[:2])) / os.sysconf("SC_CLK_TCK")
    ours = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return busy - sum(each.ru_utime + each.ru_stime for each in ours)


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
