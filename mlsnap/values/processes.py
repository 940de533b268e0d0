"""Whether the process that wrote a mark is gone, where that can be known for certain.

On Linux it can, for processes of the same machine and the same container; elsewhere the age of
the mark has to say it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str | None:
    """A name of this process that no other process ever has; ``None`` where there is none."""
    space, begun = _space(), _begun(os.getpid())
    return f"{space}-{os.getpid()}-{begun}" if space and begun else None


def is_gone(process: object) -> bool:
    """Whether the process of that name has ended for certain."""
    if not isinstance(process, str) or process.count("-") != 2:
        return False
    space, pid, begun = process.split("-")
    if space != _space() or not pid.isdecimal():
        return False
    return not _runs(int(pid)) or _begun(int(pid)) not in (begun, None)


def _space() -> str | None:
    """What tells this boot of this machine, and this container, from every other one."""
    with suppress(OSError):
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        container = (_PROC / "self/ns/pid").readlink()
        return hashlib.sha256(f"{boot}{container}".encode()).hexdigest()[:16]
    return None


def _runs(pid: int) -> bool:
    with suppress(PermissionError):  # another user's
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True


def _begun(pid: int) -> str | None:
    """When a process began, in ticks since the boot; ``ended`` if only its parent still has it."""
    with suppress(OSError, IndexError):
        state, *rest = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return "ended" if state == "Z" else rest[18]
    return None
