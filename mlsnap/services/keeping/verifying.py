"""Whether stored copies are as they were stored: of one snapshot, or of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlsnap.errors import MlsnapError, NoDataCopyError
from mlsnap.services.copies.pulling import copy_of
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import open_workspace


@dataclass(frozen=True, slots=True)
class Verified:
    """What is wrong with the copy of a snapshot: a sentence for each fault, none if all is well."""

    reference: str
    parts: int
    size: int
    faults: tuple[str, ...]


def verify_snapshot(snapshot: Snapshot, *, sizes_only: bool = False) -> Verified:
    """What is wrong with the copy of a snapshot; raises as `Snapshot.verify` does."""
    copy = copy_of(snapshot.record)
    faults = snapshot.verify(sizes_only=sizes_only)
    return Verified(snapshot.reference, len(copy.parts), copy.size, tuple(faults))


def verify_all(*, sizes_only: bool = False) -> Iterator[Verified]:
    """The same of all ready snapshots that hold data; what stands in the way is a fault, too."""
    workspace = open_workspace()
    for dataset in workspace.catalog.search():
        for each in workspace.snapshots.ready(dataset, with_data=True):
            snapshot = Snapshot(workspace, each.dataset, each.name, each.run_id)
            if found := _verified(snapshot, sizes_only=sizes_only):
                yield found


def _verified(snapshot: Snapshot, *, sizes_only: bool) -> Verified | None:
    try:
        return verify_snapshot(snapshot, sizes_only=sizes_only)
    except NoDataCopyError:
        return None
    except MlsnapError as error:
        return Verified(snapshot.reference, 0, 0, (error.fact,))
