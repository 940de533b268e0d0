"""Which snapshots of this MLflow hold which data, and whose copies in a remote nobody needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mlsnap import storage
from mlsnap.errors import ConfigError, DataIntegrityError, RemoteError
from mlsnap.services.workspace import Workspace
from mlsnap.tracking.standing import Standing
from mlsnap.values.snapshot import DataCopy, Status

UNUSABLE = (RemoteError, ConfigError, DataIntegrityError)
"""What is raised for a remote of which it cannot be told what is needed there."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A complete snapshot, possibly in MLflow's bin, and its copy in mlsnap's own prefix."""

    snapshot: Standing
    copy: DataCopy

    @property
    def url(self) -> str:
        """Where the copy is."""
        return self.copy.remote["url"]

    @property
    def objects(self) -> dict[str, int]:
        """Bytes of its objects by name; of DVC's list of them none are counted."""
        return {part.md5: part.size for part in self.copy.parts} | {self.copy.md5: 0}


@dataclass(frozen=True, slots=True)
class Ours:
    """What this MLflow knows of its snapshots."""

    workspace: Workspace
    store: str
    standings: Mapping[str, Standing]
    claimed: Collection[str]
    holdings: Mapping[str, Holding]

    def knows(self, owner: storage.Owner) -> bool:
        """Whether ``owner`` is a snapshot of this MLflow.

        One of its identity that it never heard of is not: a backup of MLflow that was brought
        back elsewhere has the same identity.
        """
        known = owner.run_id in self.standings or owner.run_id in self.claimed
        return owner.store == self.store and known

    def is_dead(self, owner: storage.Owner) -> bool:
        """Whether a snapshot of this MLflow will never need its copy."""
        if not self.knows(owner) or owner.run_id in self.holdings:
            return False
        seen = self.standings.get(owner.run_id) or self.workspace.snapshots.standing(owner.run_id)
        if seen is None or seen.is_dead:
            return True
        return seen.status is Status.COMPLETED and seen.pinned is None

    def stray_runs(self, grace: float) -> list[str]:
        """Snapshot runs left active by processes killed before they named or deleted them."""
        return [
            each.run_id
            for each in self.standings.values()
            if not each.hidden
            and each.age >= grace
            and (each.status is Status.DELETED or (each.silent and each.run_id not in self.claimed))
        ]

    def without_reference(
        self,
        remote: storage.Remote,
        references: Iterable[storage.Reference],
        *,
        but: Collection[str] = (),
    ) -> set[str]:
        """DVC's names of the copies there that records alone speak of, but for the runs ``but``."""
        told = {each.owner.run_id for each in references if each.owner.store == self.store}
        told |= set(but)
        return {
            each.copy.md5
            for run_id, each in self.holdings.items()
            if run_id not in told and each.url == remote.url
        }


def look(
    workspace: Workspace,
    *,
    known: Mapping[str, Holding] = MappingProxyType({}),
    but: Collection[str] = (),
) -> Ours:
    """What this MLflow knows; records of ``known`` and of the runs ``but`` are not read again."""
    standings = workspace.snapshots.standings()
    holdings = {}
    for run_id, each in standings.items():
        if run_id not in but and (held := _holding(workspace, each, known.get(run_id))):
            holdings[run_id] = held
    store, claimed = workspace.catalog.store_id(), workspace.snapshots.claimed()
    return Ours(workspace, store, standings, claimed, holdings)


def _holding(workspace: Workspace, snapshot: Standing, known: Holding | None) -> Holding | None:
    if snapshot.status is not Status.COMPLETED or not snapshot.has_data:
        return None
    if known is not None and known.snapshot.copy == snapshot.copy:
        return Holding(snapshot, known.copy)
    copy = workspace.snapshots.record(snapshot.run_id, copy=snapshot.copy).data
    return Holding(snapshot, copy) if copy is not None and copy.tracked is None else None
