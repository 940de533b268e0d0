"""A git bundle: the commits that a remote does not have, in one file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import git
from mlsnap.lineage.worktree import REF

_LINE_LIMIT = 4096


def name(number: int) -> str:
    """The file name of a bundle: of the code itself for 0, else of a submodule."""
    return f"submodule-{number}.bundle" if number else "code.bundle"


def missing(scratch: Path, known: list[str]) -> set[str]:
    """Commits of the scratch repository's code that do not follow from the ``known`` ones."""
    listed = git.run("rev-list", "--stdin", at=scratch, environment=git.ALONE, stdin=_range(known))
    return set(os.fsdecode(listed).split())


def write(scratch: Path, known: list[str], file: Path) -> None:
    """Writes all commits that do not follow from the ``known`` ones to ``file``."""
    create = ("bundle", "create", "--quiet", str(file), "--stdin")
    git.run(*create, at=scratch, environment=git.ALONE, stdin=_range(known))


def prerequisites(file: Path) -> tuple[str, ...]:
    """Commits that a repository must have before it can take the bundle.

    Raises
    ------
    NotReproducibleError
        If ``file`` is missing or not a bundle.
    """
    try:
        with file.open("rb") as stream:
            return _header(stream)
    except (OSError, ValueError) as error:
        raise NotReproducibleError(
            f"{str(file)!r} is not a git bundle: {error}", "download the run's artifacts again"
        ) from error


def _range(known: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in (REF, *(f"^{each}" for each in known))).encode()


def _header(stream: BinaryIO) -> tuple[str, ...]:
    if stream.readline(_LINE_LIMIT) not in (b"# v2 git bundle\n", b"# v3 git bundle\n"):
        raise ValueError("its first line is another one")
    needed = []
    while (line := stream.readline(_LINE_LIMIT)).startswith((b"-", b"@")):
        if line.startswith(b"-"):
            needed.append(line[1:].split(b" ")[0].strip().decode("ascii"))
    if not all(map(git.is_object_id, needed)):
        raise ValueError("it names prerequisites that are no commits")
    return tuple(needed)
