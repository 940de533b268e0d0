"""The code of a run: recorded as a git commit, and brought back from wherever it is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import bundle as bundles
from mlsnap.lineage import git, remote, worktree
from mlsnap.values.lineage import Code

BUNDLE = "code.bundle"
"""Commits that are on no remote branch."""

PATCH = "uncommitted.patch"
"""What differs from the last commit, for people to read (``git apply`` takes it too)."""

SIZE_LIMIT = 50_000_000
"""Bytes above which a bundle or patch is not kept."""


def find_root(start: Path) -> Path | None:
    """The root of the git work tree around ``start``; ``None`` without one, or without git."""
    folder = start if start.is_dir() else start.parent
    root = git.maybe("rev-parse", "--show-toplevel", at=folder)
    return Path(root).resolve() if root else None


def capture(start: Path, *, into: Path) -> Code | None:
    """Records the work tree around ``start`` as a commit, and changes nothing in its repository.

    The commit holds what is committed, staged, changed and new (untracked files up to 1 MB that
    git does not ignore), without MLflow's and mlsnap's own files and without likely secrets. What
    a restore needs beside the remote goes to the folder ``into``: ``code.bundle`` with all commits
    that are on no remote branch, and ``uncommitted.patch`` for people.

    Returns
    -------
    Code
        ``None`` outside of a git work tree. Where git fails, or the bundle would exceed 50 MB,
        ``problem`` says so.
    """
    root = find_root(start)
    if root is None:
        return None
    into.mkdir(parents=True, exist_ok=True)
    code = _describe(root, start)
    with TemporaryDirectory(prefix="mlsnap-code-", ignore_cleanup_errors=True) as scratch:
        try:
            return _record(code, root=root, scratch=Path(scratch) / "repository", into=into)
        except subprocess.CalledProcessError as error:
            return replace(code, problem=f"git could not record the code: {git.reason(error)}")


def restore(code: Code, *, bundle: Path | None, repository: Path | None, destination: Path) -> Path:
    """Checks ``code.commit`` out into ``destination``, an empty or new folder, and returns it.

    It is a repository of its own. ``repository`` is a local one that may have the commits; it is
    only read. No hook, filter or other command of any configuration runs on checkout.

    Raises
    ------
    NotReproducibleError
        If the commit is nowhere (bundle, ``repository``, recorded remote), is no commit id, or
        ``destination`` holds something.
    """
    _check(code, destination)
    worktree.create(destination, "sha256" if len(code.commit) == 64 else "sha1")
    if code.remote and remote.is_safe(code.remote):
        git.run("remote", "add", "--", "origin", code.remote, at=destination)
    tried = []
    for route in _routes(code, bundle, repository):
        try:
            return _follow(route, code.commit, destination)
        except subprocess.CalledProcessError as error:
            tried.append(f"{route}: {git.reason(error)}")
    raise _nowhere(code, tried)


def locate(code: Code, *, bundle: Path | None, repository: Path | None) -> str | None:
    """Where `restore` would take the code from, for a printed plan; ``None`` if nowhere.

    Local places are looked into; of a remote it is assumed that it still has what it had.
    """
    if not git.is_object_id(code.commit):
        return None
    routes = (route for route in _routes(code, bundle, repository) if _leads_somewhere(route))
    return next(map(str, routes), None)


@dataclass(frozen=True, slots=True)
class _Route:
    """A way to the code: ``commits`` from a ``place``, then the rest from a bundle, if any."""

    bundle: Path | None
    place: str | None
    commits: tuple[str, ...]
    is_local: bool = False

    def __str__(self) -> str:
        place = f"the repository {self.place}" if self.is_local else f"the remote {self.place}"
        if not self.bundle:
            return place
        base = ", ".join(commit[:12] for commit in self.commits)
        return f"the run's bundle on top of {base} from {place}" if base else "the run's bundle"


def _routes(code: Code, bundle: Path | None, repository: Path | None) -> Iterator[_Route]:
    """All ways to the code, in the order they are tried."""
    places = [(str(repository.resolve()), True)] if repository else []
    if code.remote and remote.is_safe(code.remote):
        places.append((code.remote, False))
    if bundle:
        needed = bundles.prerequisites(bundle)
        whole = [] if needed else [_Route(bundle, None, ())]
        yield from whole or (_Route(bundle, place, needed, local) for place, local in places)
    yield from (_Route(None, place, (code.commit,), local) for place, local in places)


def _leads_somewhere(route: _Route) -> bool:
    if not route.is_local or route.place is None:
        return True
    return all(_has(Path(route.place), commit) for commit in route.commits)


def _has(repository: Path, commit: str) -> bool:
    return git.maybe("rev-parse", "--verify", f"{commit}^{{commit}}", at=repository) is not None


def _follow(route: _Route, commit: str, destination: Path) -> Path:
    if route.place:
        refs = (f"+{each}:refs/remotes/origin/{each}" for each in route.commits)
        _fetch(destination, "--depth=1", "--", route.place, *refs)
    if route.bundle:
        _fetch(destination, "--", str(route.bundle.resolve()), f"+{worktree.REF}:{worktree.REF}")
    checkout = ("checkout", "--quiet", "--force", "--detach", commit, "--")
    git.run(*checkout, at=destination, environment=git.ALONE)
    return destination


def _fetch(destination: Path, *arguments: str) -> None:
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    git.run("fetch", *options, *arguments, at=destination)


def _check(code: Code, destination: Path) -> None:
    if not git.is_object_id(code.commit):
        raise NotReproducibleError(
            f"the run records {code.commit!r}, which is no commit id",
            code.problem or "the record was changed by hand: do not run it",
        )
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise NotReproducibleError(
            f"{str(destination)!r} is not an empty folder", "name a folder that is new or empty"
        )


def _nowhere(code: Code, tried: list[str]) -> NotReproducibleError:
    if code.remote and not remote.is_safe(code.remote):
        tried.append(f"the remote {code.remote!r}: refused, not a URL or path of a repository")
    looked = "; looked in " + "; ".join(tried) if tried else "; the run has no bundle and no remote"
    return NotReproducibleError(
        f"commit {code.commit} was not found{looked}",
        "name a repository that has the commit, or push it to the recorded remote",
    )


def _describe(root: Path, start: Path) -> Code:
    head = git.maybe("rev-parse", "--verify", "--quiet", "HEAD^{commit}", at=root)
    branch = git.maybe("symbolic-ref", "--quiet", "--short", "HEAD", at=root)
    found = remote.find(root, branch)
    folder = start.resolve() if start.is_dir() else start.resolve().parent
    return Code(
        commit=head or "",
        head=head,
        branch=branch,
        remote=found.url if found else None,
        folder=folder.relative_to(root).as_posix(),
    )


def _record(code: Code, *, root: Path, scratch: Path, into: Path) -> Code:
    tree = worktree.open_beside(root, scratch)
    recorded = worktree.record(tree)
    if recorded.dirty:
        _write_patch(tree, recorded.commit, into / PATCH)
    known = remote.known_commits(root, remote.find(root, code.branch))
    return replace(
        code,
        commit=recorded.commit,
        dirty=recorded.dirty,
        left_out=recorded.left_out,
        problem=_write_bundle(tree, known, into / BUNDLE),
    )


def _write_bundle(tree: worktree.WorkTree, known: list[str], file: Path) -> str | None:
    """Writes what the remote lacks, if anything; returns why the code cannot be kept that way."""
    unpushed = bundles.missing(tree.scratch, known)
    if not unpushed:
        return None
    cut = tree.scratch / "shallow"
    if cut.is_file() and unpushed.intersection(cut.read_text().split()):
        return "the repository is a shallow clone whose commits are on no remote branch"
    written = tree.scratch / file.name
    bundles.write(tree.scratch, known, written)
    size = written.stat().st_size
    if size > SIZE_LIMIT:
        return (
            f"the commits that are on no remote branch take {size:,} bytes ({SIZE_LIMIT:,} at most)"
        )
    shutil.move(written, file)
    return None


def _write_patch(tree: worktree.WorkTree, commit: str, file: Path) -> None:
    nothing = git.text("hash-object", "-t", "tree", "--stdin", at=tree.scratch)
    safe = ("--no-ext-diff", "--no-textconv", "--no-color", "--find-renames")
    compared = ("diff-tree", "-p", "--binary", *safe, tree.head or nothing, commit)
    patch = git.run(*compared, at=tree.scratch, environment=git.ALONE)
    if len(patch) <= SIZE_LIMIT:
        file.write_bytes(patch)
