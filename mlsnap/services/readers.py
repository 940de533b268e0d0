"""What reads the rows of a snapshot: chosen when it is ordered, called when its name is claimed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from mlsnap.errors import ConfigError, near
from mlsnap.services.profiling import COMPUTE_TARGETS, Reading, read_definition, read_frame
from mlsnap.spark.frames import is_frame

Reader = Callable[[], Reading]

Read = Callable[..., Reading]
"""One of `COMPUTE_TARGETS`."""


def reads_at(compute_target: str | None) -> Read:
    """What reads definitions at a compute target, ``"local"`` by default.

    Raises
    ------
    ConfigError
        If there is no such target.
    """
    name = compute_target or "local"
    if name not in COMPUTE_TARGETS:
        raise ConfigError(
            f"no compute target {name!r}{near(str(name), COMPUTE_TARGETS)}",
            f"compute targets are {', '.join(COMPUTE_TARGETS)}",
        )
    return COMPUTE_TARGETS[name]


def of_frame(frame: Any, read: Read, *, keep: bool, detached: bool) -> Reader:
    """Reads a frame handed over; ``detached`` a copy of it, which nobody changes meanwhile.

    Raises
    ------
    ConfigError
        If it is to be read where it is not.
    """
    if read is not read_definition and not is_frame(frame):
        raise ConfigError(
            f"a {type(frame).__name__} handed over is in this process, not on Spark's executors",
            "leave out compute_target, or hand over a Spark frame",
        )
    own = copy.deepcopy(frame) if detached and not is_frame(frame) else frame
    return lambda: read_frame(own, keep=keep)
