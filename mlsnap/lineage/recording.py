"""A git work tree recorded: its commit, and the files that bring it back."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mlsnap.lineage import bundle as bundles
from mlsnap.lineage import git, leaks, remote, submodules, worktree
from mlsnap.lineage.remote import Remote
from mlsnap.lineage.worktree import Repository, WorkTree
from mlsnap.values.lineage import Code

PATCH = "uncommitted.patch"

SIZE_LIMIT = 50_000_000
"""Bytes above which a bundle or patch is not kept."""

_AT_ONCE = 3
"""Questions to git that are asked side by side."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What git is asked while the scratch repository is made."""

    remote: Future[Remote | None]
    branches: Future[list[tuple[str, str]]]
    untracked: Future[list[str]]
    links: Future[tuple[str, ...]]


def record(repository: Repository, into: Path, *, within: str = "") -> Code:
    """The code of a repository and its submodules; what brings it back goes to ``into``.

    ``within`` is the path of a submodule in the outermost repository, with a final ``/``. Where
    git fails, or something cannot be kept, ``problem`` says so.
    """
    root, branch = repository.root, repository.branch
    with ThreadPoolExecutor(_AT_ONCE, "mlsnap git") as threads:
        head = threads.submit(worktree.head_of, root)
        asked = _Asked(
            links=threads.submit(worktree.links, root),
            untracked=threads.submit(worktree.untracked, root),
            remote=threads.submit(remote.find, root, branch),
            branches=threads.submit(remote.branches, root),
        )
        with TemporaryDirectory(prefix="mlsnap-code-", ignore_cleanup_errors=True) as folder:
            scratch = Path(folder) / "repository"
            worktree.beside(repository, scratch)
            tree = WorkTree(root, scratch, head.result())
            commit = tree.head.commit if tree.head else ""
            code = Code(commit=commit, head=commit or None, branch=branch)
            try:
                return _record(code, tree, asked, into=into, within=within)
            except subprocess.CalledProcessError as error:
                found = asked.remote.result()
                problem = f"git could not record the code: {git.reason(error)}"
                return replace(code, remote=found.url if found else None, problem=problem)


def _record(code: Code, tree: WorkTree, asked: _Asked, *, into: Path, within: str) -> Code:
    links = asked.links.result()
    inner = submodules.capture(tree.root, links, into, record=record, within=within)
    linked = {each.path: each.code.commit for each in inner if each.code.commit}
    recorded = worktree.record(tree, asked.untracked.result(), linked)
    patch = _patch(tree, recorded.commit, within) if recorded.dirty else b""
    _append(patch, into / PATCH)
    found = asked.remote.result()
    known = remote.known_commits(found, asked.branches.result())
    own = replace(
        code,
        commit=recorded.commit,
        dirty=recorded.dirty,
        left_out=recorded.left_out,
        remote=found.url if found else None,
        problem=_write_bundle(tree, recorded.commit, known, into / bundles.name(0)),
        suspects=leaks.in_patch(patch, within=within),
    )
    return submodules.joined(own, inner)


def _write_bundle(tree: WorkTree, commit: str, known: list[str], file: Path) -> str | None:
    """Writes what the remote lacks, if anything; returns why the code cannot be kept that way."""
    if commit in known:
        return None
    head = tree.head.commit if tree.head else None
    unpushed = {commit} if head in known else bundles.missing(tree.scratch, known)
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


def _patch(tree: WorkTree, commit: str, within: str) -> bytes:
    if tree.head is None:
        before = git.text("hash-object", "-t", "tree", "--stdin", at=tree.scratch)
    else:
        before = tree.head.commit
    safe = ("--no-ext-diff", "--no-textconv", "--no-color", "--find-renames")
    named = (f"--src-prefix=a/{within}", f"--dst-prefix=b/{within}")
    compared = (
        "-c",
        "core.quotePath=false",
        "diff-tree",
        "-p",
        "--binary",
        *safe,
        *named,
        before,
        commit,
    )
    return git.run(*compared, at=tree.scratch, environment=git.ALONE)


def _append(patch: bytes, file: Path) -> None:
    """Adds to the patch of the submodules, which come first."""
    if 0 < len(patch) <= SIZE_LIMIT:
        with file.open("ab") as stream:
            stream.write(patch)
