"""What a tracked call was made of: function, arguments, code, environment, random states."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""Version of the stored JSON; readers keep understanding every earlier one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function that can be found again.

    Attributes
    ----------
    module
        Its module's import name; ``__main__`` for a script.
    qualname
        Its qualified name in the module.
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


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a call as a git commit.

    Attributes
    ----------
    commit
        Holds the tree the call ran on: ``head`` itself when nothing was changed, else a commit on
        top of it that only the run's bundle has.
    remote
        URL of the repository, without credentials.
    folder
        Where the process stood, relative to the repository's root.
    left_out
        Untracked files that ``commit`` does not hold, and files whose changes it does not hold:
        likely secrets and large files, 100 names at most.
    problem
        Why the commit cannot be brought back, a sentence; ``None`` if it can.
    """

    commit: str
    head: str | None
    branch: str | None = None
    remote: str | None = None
    dirty: bool = False
    folder: str = "."
    left_out: tuple[str, ...] = ()
    problem: str | None = None

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Code:
        """The code that ``dataclasses.asdict`` and JSON made ``stored`` of."""
        return cls(**{**stored, "left_out": tuple(stored.get("left_out", ()))})


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a call ran: what changes results without changing code or data."""

    python: str
    platform: str
    machine: str
    cpu: str
    cpu_count: int
    packages: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)


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
    """

    entry: Entry
    code: Code | None
    environment: Environment
    arguments: dict[str, Any]
    randomness: dict[str, Any]
    problems: tuple[str, ...] = ()

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
            environment=Environment(**stored["environment"]),
            arguments=stored["arguments"],
            randomness=stored["randomness"],
            problems=tuple(stored["problems"]),
        )
