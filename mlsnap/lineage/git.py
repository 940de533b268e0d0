"""git as a subprocess: list arguments, a clean environment, no hooks, no questions."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mlsnap.errors import NotReproducibleError

CLONE_LIMIT_SECONDS = 600.0
"""How long one git command may take; fetching a large repository is the longest."""

ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.attributesFile",
    "GIT_CONFIG_VALUE_0": os.devnull,
}
"""Environment in which git reads no configuration or attributes but the repository's own."""

_KEPT = {
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
}
_FIXED = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_SETTINGS = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "core.safecrlf=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.version=2",
    "protocol.ext.allow=never",
)
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_object_id(text: str) -> bool:
    """Whether ``text`` is a full object id, and so can be nothing else to git.

    >>> is_object_id("4b825dc642cb6eb9a060e54bf8d69288fbee4904"), is_object_id("--upload-pack=x")
    (True, False)
    """
    return _OBJECT_ID.fullmatch(text) is not None


def run(
    *arguments: str, at: Path, environment: Mapping[str, str] | None = None, stdin: bytes = b""
) -> bytes:
    """What ``git ARGUMENTS`` prints when it runs in the folder ``at``.

    Raises
    ------
    subprocess.CalledProcessError
        If git fails; `reason` says why.
    NotReproducibleError
        If git is not installed.
    """
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    try:
        return subprocess.run(
            ["git", *settings, *arguments],
            cwd=at,
            env=_environment(environment or {}),
            input=stdin,
            capture_output=True,
            check=True,
            timeout=CLONE_LIMIT_SECONDS,
        ).stdout
    except FileNotFoundError as error:
        raise NotReproducibleError(
            f"git cannot be run in {str(at)!r}", "install git 2.31 or newer"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise subprocess.CalledProcessError(
            -1, error.cmd, stderr=f"no end after {error.timeout:.0f} seconds".encode()
        ) from error


def text(*arguments: str, at: Path, environment: Mapping[str, str] | None = None) -> str:
    """The same as text without the final line break; `run` says what is raised."""
    return os.fsdecode(run(*arguments, at=at, environment=environment)).removesuffix("\n")


def maybe(*arguments: str, at: Path) -> str | None:
    """The same as text, ``None`` where git fails, prints nothing or is not there."""
    try:
        return text(*arguments, at=at) or None
    except (subprocess.CalledProcessError, NotReproducibleError):
        return None


def paths(*arguments: str, at: Path, environment: Mapping[str, str] | None = None) -> list[str]:
    """The paths that a command with ``-z`` prints."""
    return os.fsdecode(run(*arguments, at=at, environment=environment)).split("\0")[:-1]


def reason(error: subprocess.CalledProcessError) -> str:
    """The line in which git said why it failed."""
    lines = os.fsdecode(error.stderr or b"").strip().splitlines()
    told = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
    return told[0] if told else f"git exited with {error.returncode}"


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or not name.startswith("GIT_")
    }
    return {**inherited, **_FIXED, **extra}
