"""A git work tree as a commit, made beside its repository, which stays as it is."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from mlsnap.lineage import git

FILE_LIMIT = 1_000_000
"""Bytes up to which an untracked file counts as code."""

TOTAL_LIMIT = 50_000_000
"""Bytes up to which untracked files are taken together, the smallest first."""

REF = "refs/mlsnap/code"
"""Name of the commit in the scratch repository and in bundles made of it."""

_OWN = ("mlruns", "mlartifacts", "mlflow.db*", ".mlsnap", "__pycache__", "*.pyc")
_SECRET = (
    ".env*",
    ".netrc",
    ".npmrc",
    ".pypirc",
    "*.key",
    "*.p12",
    "*.pem",
    "*.pfx",
    "*credentials*",
    "*secret*",
    "config.local",
    "id_ed25519*",
    "id_rsa*",
)
_LISTED = 100
_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "mlsnap"), ("EMAIL", "mlsnap@localhost"))
}


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The work tree at ``root``, and a bare repository that borrows its objects.

    Everything new is written to ``scratch``. ``head``, its tree and the time of its commit are
    ``None`` before the first commit.
    """

    root: Path
    scratch: Path
    head: str | None
    head_tree: str | None
    head_time: str | None

    @property
    def environment(self) -> dict[str, str]:
        """Makes git in ``root`` read the user's objects, and write to the scratch repository."""
        return {
            "GIT_OBJECT_DIRECTORY": str(self.scratch / "objects"),
            "GIT_INDEX_FILE": str(self.scratch / "index"),
        }


@dataclass(frozen=True, slots=True)
class Recorded:
    """The commit that holds the work tree, and the names of files it was made without."""

    commit: str
    dirty: bool
    left_out: tuple[str, ...]


def open_beside(root: Path, scratch: Path) -> WorkTree:
    """The work tree at ``root``, with a new bare repository in the folder ``scratch``."""
    where = ("objects", "index", "shallow")
    options = [word for name in where for word in ("--git-path", name)]
    told = git.text(
        "rev-parse", "--path-format=absolute", "--show-object-format", *options, at=root
    )
    object_format, objects, index, shallow = told.splitlines()
    create(scratch, object_format, "--bare")
    (scratch / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
    for source in (Path(index), Path(shallow)):
        if source.is_file():
            shutil.copy2(source, scratch / source.name)  # git compares the index's own time
    head = git.maybe("log", "-1", "--no-show-signature", "--format=%H %T %ct", "HEAD", at=root)
    return WorkTree(root, scratch, *(head.split(" ") if head else (None, None, None)))


def create(folder: Path, object_format: str, *options: str) -> None:
    """An empty repository in ``folder``: no template, no hook, nobody's configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    created = ("init", "--quiet", "--template=", f"--object-format={object_format}", *options)
    git.run(*created, at=folder, environment=git.ALONE)
    (folder / ("" if "--bare" in options else ".git") / "objects" / "info").mkdir(exist_ok=True)


def record(tree: WorkTree) -> Recorded:
    """The work tree as a commit: ``head`` itself if nothing was changed, else one on top of it.

    The same tree on the same ``head`` gives the same commit.
    """
    new, left_out = _untracked(tree)
    git.run("add", "--update", at=tree.root, environment=tree.environment)
    _update_index(tree, new, "--add", "--remove")
    withheld = [path for path in _changed(tree) if _is_own(path) or _is_secret(path)]
    _as_in_head(tree, withheld)
    written = git.text("write-tree", at=tree.root, environment=tree.environment)
    dirty = written != tree.head_tree
    commit = _commit(tree, written) if dirty or not tree.head else tree.head
    git.run("update-ref", REF, commit, at=tree.scratch, environment=git.ALONE)
    names = sorted([*left_out, *(path for path in withheld if not _is_own(path))])
    return Recorded(commit, dirty, tuple(names[:_LISTED]))


def _untracked(tree: WorkTree) -> tuple[list[str], list[str]]:
    """Untracked files that count as code, and those that do not."""
    listed = ("ls-files", "-z", "--others", "--exclude-standard")
    found = git.paths(*listed, at=tree.root, environment=tree.environment)
    files = [path for path in found if not path.endswith("/") and not _is_own(path)]
    sizes = {path: _size(tree.root / path) for path in files if not _is_secret(path)}
    taken, total = [], 0
    for path in sorted(sizes, key=lambda each: (sizes[each], each)):
        total += sizes[path]
        if sizes[path] <= FILE_LIMIT and total <= TOTAL_LIMIT:
            taken.append(path)
    return taken, sorted(set(files).difference(taken))


def _size(file: Path) -> int:
    """Bytes of a file; more than any limit where it cannot be read."""
    try:
        readable = file.is_symlink() or os.access(file, os.R_OK)
        return file.lstat().st_size if readable else TOTAL_LIMIT + 1
    except OSError:
        return TOTAL_LIMIT + 1


def _is_own(path: str) -> bool:
    return _has_part_like(path, _OWN)


def _is_secret(path: str) -> bool:
    return _has_part_like(path, _SECRET)


def _has_part_like(path: str, patterns: tuple[str, ...]) -> bool:
    parts = PurePosixPath(path.lower()).parts
    return any(fnmatchcase(part, pattern) for part in parts for pattern in patterns)


def _changed(tree: WorkTree) -> list[str]:
    if tree.head is None:
        return git.paths("ls-files", "-z", at=tree.root, environment=tree.environment)
    compared = ("diff-index", "-z", "--cached", "--name-only", "--no-renames", tree.head)
    return git.paths(*compared, at=tree.root, environment=tree.environment)


def _as_in_head(tree: WorkTree, paths: list[str]) -> None:
    """Puts ``paths`` back to what ``head`` has, so that changes of them are not taken along."""
    if not paths:
        return
    _update_index(tree, paths, "--force-remove")
    if tree.head:
        entries = git.paths("ls-tree", "-r", "-z", tree.head, at=tree.root)
        wanted = set(paths)
        kept = [entry for entry in entries if entry.partition("\t")[2] in wanted]
        _update_index(tree, kept, "--index-info")


def _update_index(tree: WorkTree, lines: list[str], *options: str) -> None:
    if "--index-info" not in options:
        options = (*options, "--stdin")
    stdin = os.fsencode("".join(line + "\0" for line in lines))
    environment = tree.environment
    git.run("update-index", "-z", *options, at=tree.root, environment=environment, stdin=stdin)


def _commit(tree: WorkTree, written: str) -> str:
    time = f"{tree.head_time or 0} +0000"
    dates = {"GIT_AUTHOR_DATE": f"@{time}", "GIT_COMMITTER_DATE": f"@{time}"}
    parent = ("-p", tree.head) if tree.head else ()
    message = ("-m", "The code of a run, recorded by mlsnap")
    return git.text(
        *("-c", "i18n.commitEncoding=UTF-8", "commit-tree", written, *parent, *message),
        at=tree.root,
        environment={**tree.environment, **_IDENTITY, **dates},
    )
