"""A git work tree as a commit, made beside its repository, which stays as it is."""

from __future__ import annotations

import os
import re
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
LISTED = 100
"""How many names of files that were left out are kept."""

_LINK = re.compile(rb"\x00160000 [0-9a-f]+ \d\t([^\x00]+)")
_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "mlsnap"), ("EMAIL", "mlsnap@localhost"))
}


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree at ``root``, and where its repository keeps what a record of it needs."""

    root: Path
    object_format: str
    objects: Path
    index: Path
    shallow: Path
    head: Path

    @property
    def branch(self) -> str | None:
        """The branch that is checked out; ``None`` for a commit without one."""
        told = self.head.read_text(encoding="utf-8", errors="surrogateescape").strip()
        branch = told.removeprefix("ref: refs/heads/")
        if branch == ".invalid":  # the file says nothing where refs are stored another way
            return git.maybe("symbolic-ref", "--quiet", "--short", "HEAD", at=self.root)
        return branch if branch != told else None


@dataclass(frozen=True, slots=True)
class Head:
    """The last commit, its tree, and its time in seconds."""

    commit: str
    tree: str
    time: str


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The work tree at ``root``, and a bare repository that borrows its objects.

    Everything new is written to ``scratch``. ``head`` is ``None`` before the first commit.
    """

    root: Path
    scratch: Path
    head: Head | None

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


def look(start: Path) -> Repository | None:
    """The work tree around the folder ``start``; ``None`` without one, or without git."""
    names = ("objects", "index", "shallow", "HEAD")
    options = [word for name in names for word in ("--git-path", name)]
    asked = ("--path-format=absolute", "--show-toplevel", "--show-object-format", *options)
    told = (git.maybe("rev-parse", *asked, at=start) or "").split("\n")
    if len(told) != len(names) + 2:
        return None
    root, object_format, *places = told
    return Repository(Path(root).resolve(), object_format, *map(Path, places))


def head_of(root: Path) -> Head | None:
    """The commit that is checked out at ``root``; ``None`` before the first one."""
    told = git.maybe("log", "-1", "--no-show-signature", "--format=%H %T %ct", "HEAD", at=root)
    return Head(*told.split(" ")) if told else None


def beside(repository: Repository, scratch: Path) -> None:
    """Makes the bare repository ``scratch``, with the index and the objects of ``repository``."""
    scratch_repository(scratch, repository.object_format)
    lend(repository.objects, scratch)
    for source in (repository.index, repository.shallow):
        if source.is_file():
            shutil.copy2(source, scratch / source.name)  # git compares the index's own time


def lend(objects: Path, scratch: Path) -> None:
    """Lets the scratch repository read what is in a folder of objects."""
    with (scratch / "objects" / "info" / "alternates").open("ab") as file:
        file.write(os.fsencode(objects) + b"\n")


def scratch_repository(folder: Path, object_format: str) -> None:
    """An empty bare repository, as ``git init`` would make it, without its time."""
    for part in ("objects/info", "refs"):
        (folder / part).mkdir(parents=True)
    is_default = object_format == "sha1"
    extension = "" if is_default else f"[extensions]\n\tobjectformat = {object_format}\n"
    version = 0 if is_default else 1
    core = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}"
    (folder / "config").write_text(core, encoding="ascii")
    (folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")


def create(folder: Path, object_format: str) -> None:
    """An empty repository in ``folder``: no template, no hook, nobody's configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    created = ("init", "--quiet", "--template=", f"--object-format={object_format}")
    git.run(*created, at=folder, environment=git.ALONE)
    (folder / ".git" / "objects" / "info").mkdir(exist_ok=True)


def untracked(root: Path) -> list[str]:
    """Files that are neither tracked nor ignored, but those of MLflow and mlsnap."""
    found = git.paths("ls-files", "-z", "--others", "--exclude-standard", at=root)
    return [path for path in found if not path.endswith("/") and not is_own(path)]


def links(root: Path) -> tuple[str, ...]:
    """Paths at which the index has a commit of another repository."""
    listed = git.run("ls-files", "-z", "--stage", at=root)
    found = _LINK.findall(b"\0" + listed)
    return tuple(dict.fromkeys(map(os.fsdecode, found)))


def record(tree: WorkTree, new: list[str], linked: dict[str, str]) -> Recorded:
    """The work tree as a commit: ``head`` itself if nothing was changed, else one on top of it.

    ``new`` are its untracked files, ``linked`` the commits of its submodules. The same tree on the
    same ``head`` gives the same commit.
    """
    add = ("-c", "diff.ignoreSubmodules=dirty", "add", "--update")
    git.run(*add, at=tree.root, environment=tree.environment)
    taken, left_out = _worth_taking(tree.root, new)
    if taken:
        _update_index(tree, taken, "--add", "--remove")
    if linked:
        entries = [f"160000 {commit}\t{path}" for path, commit in linked.items()]
        _update_index(tree, entries, "--index-info")
    changed = _changed(tree)
    withheld = [
        path for path in changed if path not in linked and (is_own(path) or is_secret(path))
    ]
    _as_in_head(tree, withheld)
    dirty = tree.head is None or len(changed) > len(withheld)
    commit = tree.head.commit if tree.head and not dirty else _commit(tree)
    reference = tree.scratch / REF
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(commit + "\n", encoding="ascii")
    names = sorted([*left_out, *(path for path in withheld if not is_own(path))])
    return Recorded(commit, dirty, tuple(names[:LISTED]))


def _worth_taking(root: Path, files: list[str]) -> tuple[list[str], list[str]]:
    """Untracked files that count as code, and those that do not."""
    sizes = {path: _size(root / path) for path in files if not is_secret(path)}
    taken = within_limits(sizes)
    return taken, sorted(set(files).difference(taken))


def within_limits(sizes: dict[str, int]) -> list[str]:
    """The files that are small enough, the smallest first, up to the total."""
    taken, total = [], 0
    for path in sorted(sizes, key=lambda each: (sizes[each], each)):
        total += sizes[path]
        if sizes[path] <= FILE_LIMIT and total <= TOTAL_LIMIT:
            taken.append(path)
    return taken


def _size(file: Path) -> int:
    """Bytes of a file; more than any limit where it cannot be read."""
    try:
        readable = file.is_symlink() or os.access(file, os.R_OK)
        return file.lstat().st_size if readable else TOTAL_LIMIT + 1
    except OSError:
        return TOTAL_LIMIT + 1


def is_own(path: str) -> bool:
    """Whether MLflow, mlsnap or Python made the file at the relative ``path``."""
    return _has_part_like(path, _OWN)


def is_secret(path: str) -> bool:
    """Whether the name of the relative ``path`` tells of a secret."""
    return _has_part_like(path, _SECRET)


def _has_part_like(path: str, patterns: tuple[str, ...]) -> bool:
    parts = PurePosixPath(path.lower()).parts
    return any(fnmatchcase(part, pattern) for part in parts for pattern in patterns)


def _changed(tree: WorkTree) -> list[str]:
    if tree.head is None:
        return git.paths("ls-files", "-z", at=tree.root, environment=tree.environment)
    how = ("-z", "--cached", "--name-only", "--no-renames", "--ignore-submodules=none")
    compared = ("diff-index", *how, tree.head.commit)
    return git.paths(*compared, at=tree.root, environment=tree.environment)


def _as_in_head(tree: WorkTree, paths: list[str]) -> None:
    """Puts ``paths`` back to what ``head`` has, so that changes of them are not taken along."""
    if not paths:
        return
    _update_index(tree, paths, "--force-remove")
    if tree.head:
        entries = git.paths("ls-tree", "-r", "-z", tree.head.commit, at=tree.root)
        wanted = set(paths)
        kept = [entry for entry in entries if entry.partition("\t")[2] in wanted]
        _update_index(tree, kept, "--index-info")


def _update_index(tree: WorkTree, lines: list[str], *options: str) -> None:
    if "--index-info" not in options:
        options = (*options, "--stdin")
    stdin = os.fsencode("".join(line + "\0" for line in lines))
    environment = tree.environment
    git.run("update-index", "-z", *options, at=tree.root, environment=environment, stdin=stdin)


def _commit(tree: WorkTree) -> str:
    written = git.text("write-tree", at=tree.root, environment=tree.environment)
    time = f"@{tree.head.time if tree.head else 0} +0000"
    dates = {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
    parent = ("-p", tree.head.commit) if tree.head else ()
    message = ("-m", "The code of a run, recorded by mlsnap")
    return git.text(
        *("-c", "i18n.commitEncoding=UTF-8", "commit-tree", written, *parent, *message),
        at=tree.root,
        environment={**tree.environment, **_IDENTITY, **dates},
    )
