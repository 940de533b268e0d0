"""What a tracked call was made of: function, arguments, code, environment, random states."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

FORMAT = 2
"""Version of the stored JSON; readers keep understanding every earlier one."""

SCRIPT = "<script>"
"""The qualified name that stands for a whole script."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function that can be found again.

    Attributes
    ----------
    module
        Its module's import name; ``__main__`` for a script.
    qualname
        Its qualified name in the module; `SCRIPT` if the whole file is run.
    file
        The module's file relative to the code's root, ``/`` between folders; ``None`` when the
        module lies outside of it (an installed package).
    paths
        Entries of ``sys.path`` inside the root, relative to it, in order.
    problem
        Why it cannot be found again, a sentence; ``None`` if it can.
    """

    module: str
    qualname: str
    file: str | None = None
    paths: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def is_script(self) -> bool:
        """Whether the whole file is run, instead of one function in it."""
        return self.qualname == SCRIPT


@dataclass(frozen=True, slots=True)
class Submodule:
    """A git submodule that was checked out: its folder below the root, and its own code."""

    path: str
    code: Code


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a call: a git commit, or an archive of sources where there is no repository.

    Attributes
    ----------
    commit
        Holds the tree the call ran on: ``head`` itself when nothing was changed, else a commit on
        top of it that only the run's bundle has. Empty for an archive.
    remote
        URL of the repository, without credentials.
    folder
        Where the process stood, relative to the repository's root.
    left_out
        Untracked files that ``commit`` does not hold, and files whose changes it does not hold:
        likely secrets and large files, 100 names at most.
    problem
        Why the code cannot be brought back, a sentence; ``None`` if it can.
    archive
        SHA-256 of the archive of sources, which then stands for the commit.
    submodules
        Those that were checked out, each a repository of its own.
    suspects
        Places in the changes that look like secrets, as ``file:line``; never what stands there.
    """

    commit: str
    head: str | None
    branch: str | None = None
    remote: str | None = None
    dirty: bool = False
    folder: str = "."
    left_out: tuple[str, ...] = ()
    problem: str | None = None
    archive: str | None = None
    submodules: tuple[Submodule, ...] = ()
    suspects: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Code:
        """The code that ``dataclasses.asdict`` and JSON made ``stored`` of."""
        submodules = (
            Submodule(each["path"], cls.from_dict(each["code"]))
            for each in stored.get("submodules", ())
        )
        lists = {name: tuple(stored.get(name, ())) for name in ("left_out", "suspects")}
        return cls(**{**stored, **lists, "submodules": tuple(submodules)})


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a call ran: what changes results without changing code or data.

    Attributes
    ----------
    packages
        Version of each installed distribution, by its normalised name.
    origins
        Where a distribution came from that no index has, as its ``direct_url.json`` says: a
        repository and commit, a file, an editable folder. URLs without credentials.
    indexes
        Package indexes and find-links that this machine's pip or uv were told of, without
        credentials.
    conda
        Packages of the conda environment, as ``name-version-build``; empty outside of one.
    libraries
        BLAS and OpenMP libraries in use, as threadpoolctl describes them, without paths.
    accelerators
        GPUs and their driver, and CUDA as PyTorch sees it, a line each.
    settings
        What libraries in use were told that changes results, such as ``torch.num_threads``.
    """

    python: str
    platform: str
    machine: str
    cpu: str
    cpu_count: int
    packages: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    implementation: str = "CPython"
    origins: dict[str, dict[str, Any]] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    libraries: tuple[dict[str, Any], ...] = ()
    accelerators: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Environment:
        """The environment that ``dataclasses.asdict`` and JSON made ``stored`` of."""
        lists = ("indexes", "conda", "libraries", "accelerators")
        return cls(**{**stored, **{name: tuple(stored.get(name, ())) for name in lists}})


@dataclass(frozen=True, slots=True)
class Body:
    """What of chance came up while a call's body ran.

    Attributes
    ----------
    entropy
        What unseeded generators were seeded with, in order, as hexadecimal texts, by the library
        that asked (`mlsnap.lineage.entropy`).
    late
        States of generators of libraries that the body was the first to import, by library.
    """

    entropy: dict[str, list[str]] = field(default_factory=dict)
    late: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values, with the version of the format."""
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Body:
        """What `to_dict` made ``stored`` of."""
        return cls(entropy=stored["entropy"], late=stored["late"])


@dataclass(frozen=True, slots=True)
class Call:
    """A tracked call, as stored with its run.

    Attributes
    ----------
    arguments
        Parameter name to a JSON form of its value (`mlsnap.lineage.arguments`).
    randomness
        Generator name to a JSON form of its state at entry (`mlsnap.lineage.randomness`).
    problems
        Sentences that say why the call cannot be made again; empty if it can.
    unstored
        Why an argument is not among ``arguments``, by its name: it must be given anew.
    """

    entry: Entry
    code: Code | None
    environment: Environment
    arguments: dict[str, Any]
    randomness: dict[str, Any]
    problems: tuple[str, ...] = ()
    unstored: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The call as JSON-ready values, with the version of the format."""
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Call:
        """The call that `to_dict` made ``stored`` of."""
        entry = {**stored["entry"], "paths": tuple(stored["entry"]["paths"])}
        return cls(
            entry=Entry(**entry),
            code=Code.from_dict(stored["code"]) if stored["code"] else None,
            environment=Environment.from_dict(stored["environment"]),
            arguments=stored["arguments"],
            randomness=stored["randomness"],
            problems=tuple(stored["problems"]),
            unstored=stored.get("unstored", {}),
        )


def tables_of(call: Call) -> dict[str, dict[str, Any]]:
    """The recorded tables among a call's arguments, by context."""
    found: dict[str, dict[str, Any]] = {}
    pending: list[object] = list(call.arguments.values())
    while pending:
        form = pending.pop()
        if isinstance(form, dict):
            if "table" in form:
                found[form["table"]["context"]] = form["table"]
            else:
                pending += form.values()
        elif isinstance(form, list):
            pending += form
    return found
