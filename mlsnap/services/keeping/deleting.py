"""Deleting a snapshot that nothing uses, with the objects that nothing else needs."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass
from typing import Any

from mlsnap import storage
from mlsnap.errors import MlsnapWarning, SnapshotInUseError
from mlsnap.services.keeping import holding
from mlsnap.services.workspace import Workspace
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.standing import Standing
from mlsnap.tracking.uses import Use, uses_of
from mlsnap.values.snapshot import DataCopy, Status

_NAMED = 5
"""Users of a snapshot that a message names."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A snapshot that was deleted.

    Attributes
    ----------
    reference
        Its name, which stays taken.
    broken
        The runs that used it, with their models.
    freed
        Bytes that were removed from the remote.
    shared
        Bytes of its copy that stay, as other copies need them.
    left
        Why nothing was removed yet; ``None`` if there is nothing left to remove.
    """

    reference: str
    broken: tuple[str, ...] = ()
    freed: int = 0
    shared: int = 0
    left: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON-ready values."""
        return {**dataclasses.asdict(self), "broken": list(self.broken)}


def delete(workspace: Workspace, entry: DatasetEntry, name: str, *, force: bool) -> Deleted:
    """Delete a snapshot: first in MLflow, then its reference in the remote, then its objects.

    Raises
    ------
    SnapshotInUseError
        As `require_unused` says.
    """
    seen = workspace.snapshots.standing(entry.names[name])
    assert seen is not None, "the snapshot was found just now"
    broken = require_unused(workspace, seen, force=force)
    copy = _own_copy(workspace, seen)
    workspace.snapshots.delete(entry, name)
    done = Deleted(f"{entry.name}@{name}", broken)
    return _freed(workspace, seen, copy, done) if copy else done


def require_unused(workspace: Workspace, snapshot: Standing, *, force: bool) -> tuple[str, ...]:
    """What deleting a snapshot would break, in words; with ``force`` only a pin forbids it.

    Raises
    ------
    SnapshotInUseError
        If it is pinned; or if runs, or models that came of them, use it and ``force`` is false.
    """
    if snapshot.pinned:
        raise SnapshotInUseError(
            f"the snapshot {snapshot.reference} is pinned, since {snapshot.pinned}",
            f"`mlsnap unpin {snapshot.reference}` takes the pin away",
        )
    uses = uses_of(workspace.catalog.client, snapshot, deleted=True)
    if uses and not force:
        raise SnapshotInUseError(
            f"the snapshot {snapshot.reference} is used by {_listed(uses)}",
            "keep it, or delete it all the same with force=True (`--force`): the runs keep their "
            "profile of it, but can no longer be reproduced",
        )
    return tuple(map(_named, uses))


def _listed(uses: list[Use]) -> str:
    """The first users of a snapshot in one phrase, and how many more there are."""
    more = f" and {len(uses) - _NAMED} more" if len(uses) > _NAMED else ""
    return ", ".join(map(_named, uses[:_NAMED])) + more


def _named(use: Use) -> str:
    models = f", of which came {', '.join(use.model_uris)}" if use.model_uris else ""
    where = ", deleted in MLflow but not yet gone" if use.deleted else ""
    return f"run {use.run_id} ({use.run_name}, {use.context}{where}{models})"


def _own_copy(workspace: Workspace, snapshot: Standing) -> DataCopy | None:
    """The copy that goes with the snapshot; data that it only refers to stays."""
    if snapshot.status is not Status.COMPLETED:
        return None
    copy = workspace.snapshots.record(snapshot.run_id, copy=snapshot.copy).data
    return copy if copy is not None and copy.tracked is None else None


def _freed(workspace: Workspace, snapshot: Standing, copy: DataCopy, done: Deleted) -> Deleted:
    objects = holding.Holding(snapshot, copy).objects
    try:
        swept = _sweep(workspace, snapshot, copy, set(objects))
    except holding.UNUSABLE as error:
        return _left(done, error.fact)
    if swept.busy:
        return _left(done, f"{swept.busy.snapshot} is being written to the remote")
    gone = {each.name for each in swept.removed}
    shared = sum(size for name, size in objects.items() if name not in gone)
    freed = sum(each.size for each in swept.removed)
    return dataclasses.replace(done, freed=freed, shared=shared)


def _sweep(
    workspace: Workspace, snapshot: Standing, copy: DataCopy, objects: set[str]
) -> storage.Swept:
    remote = storage.reopen_remote(copy, project=workspace.project)
    store = workspace.catalog.store_id()
    storage.drop_reference(remote, storage.Owner(store, snapshot.run_id, snapshot.reference))
    references = storage.references(remote)
    told = {each.owner.run_id for each in references if each.owner.store == store}
    keep = holding.look(workspace, but=told).without_reference(remote, references)
    return storage.sweep(remote, keep=keep, grace=0.0, within=objects)


def _left(done: Deleted, why: str) -> Deleted:
    left = f"its objects stay in the remote until `mlsnap gc`: {why}"
    warnings.warn(f"{done.reference} is deleted, but {left}", MlsnapWarning, stacklevel=4)
    return dataclasses.replace(done, left=left)
