"""Which files differ between the code of two runs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import archive, git, routes, submodules, worktree
from mlsnap.lineage import bundle as bundles
from mlsnap.values.lineage import Code

_ABSENT = (b"", False)


@dataclass(frozen=True, slots=True)
class Stored:
    """The code of a call, and the folder that the files of the call were brought to.

    ``number`` tells which of its repositories is meant: 0, or a submodule's number.
    """

    code: Code
    folder: Path | None
    number: int = 0

    @property
    def bundle(self) -> Path | None:
        """The bundle of the repository, if the call has one."""
        file = self.folder / bundles.name(self.number) if self.folder else None
        return file if file and file.is_file() else None


def changed_files(
    before: Stored, after: Stored, *, repository: Path | None
) -> tuple[str, ...] | None:
    """The files that differ, with lines added and removed, as ``train.py (+1 -1)``.

    Looks into the calls' own files and into ``repository``, a local one; nothing is fetched from
    a remote.

    Returns
    -------
    tuple
        Sorted by path; ``None`` where the code of one of the two cannot be had here, or one is a
        commit and the other an archive.
    """
    try:
        if before.code.archive is None and after.code.archive is None:
            return tuple(sorted(_between_commits(before, after, repository)))
        return tuple(sorted(_between_archives(before, after)))
    except (NotReproducibleError, subprocess.CalledProcessError):
        return None


def inner(stored: Stored) -> dict[str, Stored]:
    """The submodules by their path."""
    counted = submodules.numbered(stored.code, stored.number)
    return {each.path: replace(stored, code=each.code, number=number) for number, each in counted}


def _between_commits(before: Stored, after: Stored, repository: Path | None) -> Iterator[str]:
    commits = (before.code.commit, after.code.commit)
    if commits[0] != commits[1]:
        with TemporaryDirectory(prefix="mlsnap-code-", ignore_cleanup_errors=True) as scratch:
            yield from _between(before, after, repository, Path(scratch))
    theirs, ours = inner(before), inner(after)
    for path in sorted(theirs.keys() & ours.keys()):
        below = submodules.below(repository, path)
        for line in _between_commits(theirs[path], ours[path], below):
            yield f"{path}/{line}"
    yield from (f"{path} (submodule)" for path in theirs.keys() ^ ours.keys())


def _between(
    before: Stored, after: Stored, repository: Path | None, scratch: Path
) -> Iterator[str]:
    length = len(before.code.commit)
    worktree.scratch_repository(scratch, "sha256" if length == 64 else "sha1")
    found = worktree.look(repository) if repository else None
    if found:
        worktree.lend(found.objects, scratch)
    for each in (before, after):
        _bring(each, repository, scratch)
    how = ("-r", "-z", "--numstat", "--no-renames", "--ignore-submodules=all", "--no-textconv")
    compared = ("diff-tree", *how, before.code.commit, after.code.commit)
    for line in git.paths(*compared, at=scratch, environment=git.ALONE):
        added, removed, path = line.split("\t", 2)
        yield _line(path, added, removed)


def _bring(stored: Stored, repository: Path | None, scratch: Path) -> None:
    if not git.is_object_id(stored.code.commit):
        raise NotReproducibleError(f"{stored.code.commit!r} is no commit id", "do not trust it")
    if not routes.has(scratch, stored.code.commit):
        routes.bring(replace(stored.code, remote=None), stored.bundle, repository, scratch)


def _between_archives(before: Stored, after: Stored) -> Iterator[str]:
    theirs, ours = (_contents(each) for each in (before, after))
    for path in theirs.keys() | ours.keys():
        old, new = theirs.get(path, _ABSENT), ours.get(path, _ABSENT)
        if old != new:
            yield _line(path, *_lines_changed(old[0], new[0]))


def _contents(stored: Stored) -> dict[str, tuple[bytes, bool]]:
    if stored.code.archive is None:
        raise NotReproducibleError("a commit is not compared with an archive", "look at both")
    return archive.read(stored.code.archive, folder=stored.folder)


def _lines_changed(old: bytes, new: bytes) -> tuple[str, str]:
    if b"\0" in old or b"\0" in new:
        return "-", "-"
    before, after = old.splitlines(), new.splitlines()
    blocks = SequenceMatcher(None, before, after, autojunk=True).get_matching_blocks()
    same = sum(block.size for block in blocks)
    return str(len(after) - same), str(len(before) - same)


def _line(path: str, added: str, removed: str) -> str:
    if added == "-":
        return f"{path} (binary)"
    return f"{path} (mode)" if added == removed == "0" else f"{path} (+{added} -{removed})"
