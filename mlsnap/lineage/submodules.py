"""Git submodules that are checked out: repositories of their own, recorded like the one around."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Protocol

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import bundle as bundles
from mlsnap.lineage import worktree
from mlsnap.lineage.paths import inside
from mlsnap.lineage.worktree import Repository
from mlsnap.values.lineage import Code, Submodule


class Recorder(Protocol):
    """What a repository is recorded with; ``within`` is its path in the outermost, or empty."""

    def __call__(self, repository: Repository, into: Path, *, within: str) -> Code: ...


def capture(
    root: Path, links: tuple[str, ...], into: Path, *, record: Recorder, within: str
) -> tuple[Submodule, ...]:
    """The code of those ``links`` below ``root`` that are checked out; files go to ``into``.

    ``record`` is what the repository around is recorded with, which lies at ``within``. Bundles
    are numbered as `numbered` counts.
    """
    found, number = [], 1
    for path in links:
        repository = _checked_out(root, path)
        if repository is not None:
            with TemporaryDirectory(prefix="mlsnap-code-", dir=into) as folder:
                code = record(repository, Path(folder), within=f"{within}{path}/")
                _gather(Path(folder), into, number=number, parts=_count(code) + 1)
            found.append(Submodule(path, code))
            number += 1 + _count(code)
    return tuple(found)


def joined(code: Code, inner: tuple[Submodule, ...]) -> Code:
    """``code`` with its submodules, and with what there is to say of them."""
    told = [code.problem] if code.problem else []
    told += [f"submodule {each.path!r}: {each.code.problem}" for each in inner if each.code.problem]
    left_out = [f"{each.path}/{name}" for each in inner for name in each.code.left_out]
    suspects = [f"{each.path}/{name}" for each in inner for name in each.code.suspects]
    return replace(
        code,
        submodules=inner,
        dirty=code.dirty or any(each.code.dirty for each in inner),
        problem="; ".join(told) or None,
        left_out=(*code.left_out, *left_out)[: worktree.LISTED],
        suspects=(*code.suspects, *suspects)[: worktree.LISTED],
    )


def numbered(code: Code, number: int = 0) -> Iterator[tuple[int, Submodule]]:
    """The submodules of a repository that has ``number`` itself, with the numbers of theirs.

    Each is followed by those inside of it: the numbers of a repository's submodules may leave
    some out.
    """
    number += 1
    for each in code.submodules:
        yield number, each
        number += 1 + _count(each.code)


def place(path: str, destination: Path) -> Path:
    """The empty folder that a checkout into ``destination`` left for the submodule at ``path``.

    Raises
    ------
    NotReproducibleError
        If what was checked out has no submodule there: no run of ours records such a path.
    """
    folder = inside(destination, path) if path in worktree.links(destination) else None
    if folder is None or folder != destination.resolve() / path or not folder.is_dir():
        raise NotReproducibleError(
            f"the run records a submodule {path!r}, which its commit does not have",
            "the record was changed by hand or is not mlsnap's: do not run it",
        )
    return folder


def below(repository: Path | None, path: str) -> Path | None:
    """The submodule as a local repository has it checked out, if it has."""
    found = _checked_out(repository, path) if repository else None
    return found.root if found else None


def _count(code: Code) -> int:
    return sum(1 + _count(each.code) for each in code.submodules)


def _checked_out(root: Path, path: str) -> Repository | None:
    if "\0" in path or ".." in PurePosixPath(path).parts:
        return None
    folder = root.resolve() / path
    if not folder.is_relative_to(root.resolve()):
        return None
    if not (folder / ".git").exists() or folder.resolve() != folder:
        return None
    repository = worktree.look(folder)
    return repository if repository and repository.root == folder else None


def _gather(folder: Path, into: Path, *, number: int, parts: int) -> None:
    """Moves a submodule's bundles and patch to those of the repository around it."""
    for part in range(parts):
        bundle = folder / bundles.name(part)
        if bundle.exists():
            shutil.move(bundle, into / bundles.name(number + part))
    for patch in folder.glob("*.patch"):
        with (into / patch.name).open("ab") as whole:
            whole.write(patch.read_bytes())
