"""A process that is killed leaves a whole snapshot or none, wherever it is; what is left goes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from forking import drive

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")


def killed(operation: str, project: Path) -> str:
    """The changes at which the operation was killed; what it left was right each time."""
    return "\n".join(drive("killing.py", operation, at=project))


def order(steps: str, *patterns: str) -> bool:
    """Whether the patterns are found one after the other."""
    return re.search(".*".join(patterns), steps, re.DOTALL) is not None


def test_a_registration_that_is_killed(project: Path) -> None:
    steps = killed("register", project)

    assert order(steps, "create_run", "definitions/.*json", "create_experiment mlsnap/wine")


def test_a_creation_that_is_killed(project: Path) -> None:
    steps = killed("create", project)

    assert order(
        steps,
        "create_run",
        "log_param new",
        "opened store/remote/mlsnap/files/md5",
        "os.rename store/remote/mlsnap/files/md5",
        "os.rename store/remote/mlsnap/refs",
        "artifacts/mlsnap/",  # several at once: which of them is hit is chance
        "log_batch",
        "set_tag mlsnap.state ready",
        "set_terminated FINISHED",
    )


def test_a_deletion_that_is_killed(project: Path) -> None:
    steps = killed("delete", project)

    assert order(
        steps,
        "set_tag mlsnap.state deleted",
        "delete_run",
        "os.remove store/remote/mlsnap/refs",
        "os.remove store/remote/mlsnap/files/md5",
    )


def test_a_collection_that_is_killed(project: Path) -> None:
    steps = killed("gc", project)

    assert order(
        steps, "os.remove store/remote/mlsnap/refs", "os.remove store/remote/mlsnap/files/md5"
    )
