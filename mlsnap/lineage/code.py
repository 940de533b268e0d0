"""The code of a run: recorded as a git commit, and brought back from wherever it is."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import archive, git, recording, remote, routes, submodules, worktree
from mlsnap.lineage.changes import Stored, inner
from mlsnap.values.lineage import Code


def find_root(start: Path) -> Path | None:
    """The root of the git work tree around ``start``; ``None`` without one, or without git."""
    folder = start if start.is_dir() else start.parent
    root = git.maybe("rev-parse", "--show-toplevel", at=folder)
    return Path(root).resolve() if root else None


def capture(start: Path, *, into: Path) -> Code | None:
    """Records the work tree around ``start`` as a commit, and changes nothing in its repository.

    The commit holds what is committed, staged, changed and new (untracked files up to 1 MB that
    git does not ignore), without MLflow's and mlsnap's own files and without likely secrets.
    Submodules that are checked out are recorded alike. What a restore needs beside the remote goes
    to the folder ``into``: ``code.bundle`` with all commits that are on no remote branch,
    ``submodule-1.bundle`` and so on, and ``uncommitted.patch`` for people.

    Returns
    -------
    Code
        ``None`` outside of a git work tree. Where git fails, or the bundle would exceed 50 MB,
        ``problem`` says so.
    """
    folder = start if start.is_dir() else start.parent
    repository = worktree.look(folder)
    if repository is None:
        return None
    into.mkdir(parents=True, exist_ok=True)
    below = folder.resolve().relative_to(repository.root).as_posix()
    return replace(recording.record(repository, into), folder=below)


def restore(code: Code, *, folder: Path | None, repository: Path | None, destination: Path) -> Path:
    """Brings the code into ``destination``, an empty or new folder, and returns it.

    A commit becomes a repository of its own there, and each recorded submodule one in it; of an
    archive every member is checked first. No hook, filter or other command of any configuration
    runs, and nothing is written outside of ``destination``.

    Parameters
    ----------
    folder
        Where the call's files were brought to.
    repository
        A local one that may have the commits; it is only read.

    Raises
    ------
    NotReproducibleError
        If the code is nowhere (``folder``, ``repository``, recorded remote), if the record or the
        archive is not what mlsnap writes, or ``destination`` holds something.
    """
    if code.archive is not None:
        _check_empty(destination)
        return archive.restore(code.archive, folder=folder, destination=destination)
    return _restore(Stored(code, folder), repository, destination)


def locate(code: Code, *, folder: Path | None, repository: Path | None) -> str | None:
    """Where `restore` would take the code from, for a printed plan; ``None`` if nowhere.

    Local places are looked into; of a remote that answers it is assumed that it has what it had.
    """
    if code.archive is not None:
        return "the run's archive of sources" if archive.file_of(folder) else None
    return _locate(Stored(code, folder), repository)


def written_by(code: Code, *, repository: Path | None) -> str | None:
    """Subject, author and day of the commit that was checked out; ``None`` if it is not here."""
    if repository is None or code.head is None or not git.is_object_id(code.head):
        return None
    how = ("--no-show-signature", "--date=short", "--format=%s (%an, %ad)")
    return git.maybe("log", "-1", *how, code.head, "--", at=repository)


def _restore(stored: Stored, repository: Path | None, destination: Path) -> Path:
    code = stored.code
    if not git.is_object_id(code.commit):
        raise NotReproducibleError(
            f"the run records {code.commit!r}, which is no commit id",
            code.problem or "the record was changed by hand: do not run it",
        )
    _check_empty(destination)
    worktree.create(destination, "sha256" if len(code.commit) == 64 else "sha1")
    if code.remote and remote.is_safe(code.remote):
        git.run("remote", "add", "--", "origin", code.remote, at=destination)
    routes.bring(code, stored.bundle, repository, destination)
    _check_out(code.commit, destination)
    for path, each in inner(stored).items():
        place = submodules.place(path, destination)
        _restore(each, submodules.below(repository, path), place)
    return destination


def _check_out(commit: str, destination: Path) -> None:
    try:
        checkout = ("checkout", "--quiet", "--force", "--detach", commit, "--")
        git.run(*checkout, at=destination, environment=git.ALONE)
    except subprocess.CalledProcessError as error:
        raise NotReproducibleError(
            f"commit {commit} cannot be checked out: {git.reason(error)}",
            "look into the commit before you trust it",
        ) from error


def _check_empty(destination: Path) -> None:
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise NotReproducibleError(
            f"{str(destination)!r} is not an empty folder", "name a folder that is new or empty"
        )


def _locate(stored: Stored, repository: Path | None) -> str | None:
    if not git.is_object_id(stored.code.commit):
        return None
    for path, each in inner(stored).items():
        if _locate(each, submodules.below(repository, path)) is None:
            return None
    ways = routes.routes(stored.code, stored.bundle, repository)
    return next((str(way) for way in ways if routes.leads_somewhere(way)), None)
