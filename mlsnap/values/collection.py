"""What garbage collection frees, or would free."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from mlsnap.values.shown import Shown


@dataclass(frozen=True, slots=True)
class FreedCopy:
    """The copy of a snapshot that nothing uses; ``size`` counts what no other copy needs."""

    snapshot: str
    run_id: str
    why: str
    size: int


@dataclass(frozen=True, slots=True)
class FreedObject:
    """An object of a remote that no snapshot needs, or an upload that was never finished."""

    name: str
    why: str
    size: int


@dataclass(frozen=True, slots=True)
class RemoteCollection:
    """What goes from one remote.

    Attributes
    ----------
    url
        Where it is.
    copies
        Copies of snapshots that nothing uses; their records and profiles stay.
    objects
        What is in no snapshot.
    kept_for_others
        How many copies other MLflow servers need.
    problem
        Why nothing, or not all of it, could be looked at or removed; ``None``: no problem.
    """

    url: str
    copies: tuple[FreedCopy, ...] = ()
    objects: tuple[FreedObject, ...] = ()
    kept_for_others: int = 0
    problem: str | None = None

    @property
    def size(self) -> int:
        """Bytes of all that goes."""
        copies = sum(each.size for each in self.copies)
        return copies + sum(each.size for each in self.objects)

    @property
    def is_empty(self) -> bool:
        """Whether nothing goes."""
        return not self.copies and not self.objects


@dataclass(frozen=True, slots=True, repr=False)
class Collection(Shown):
    """What goes from the remotes of one MLflow.

    Attributes
    ----------
    remotes
        Each of them that was looked at.
    older_than
        Seconds that what goes has been left alone for.
    dry_run
        Whether it was only looked at.
    runs
        Ids of snapshot runs that a killed process left among the active ones of MLflow: they have
        no name, or belong to a deleted snapshot.
    """

    remotes: tuple[RemoteCollection, ...]
    older_than: float
    dry_run: bool = True
    runs: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all that goes."""
        return sum(each.size for each in self.remotes)

    @property
    def is_empty(self) -> bool:
        """Whether nothing goes."""
        return not self.runs and all(each.is_empty for each in self.remotes)

    def to_dict(self) -> dict[str, Any]:
        """What goes as JSON-ready values."""
        remotes = [{**dataclasses.asdict(each), "size": each.size} for each in self.remotes]
        return {**dataclasses.asdict(self), "remotes": remotes, "size": self.size}
