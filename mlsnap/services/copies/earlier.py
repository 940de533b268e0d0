"""The copy of an earlier snapshot, whose parts a new one takes over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from mlsnap import storage
from mlsnap.errors import MlsnapError
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.values.snapshot import SnapshotRecord, SnapshotSummary

_LOOKED_AT = 10
"""Snapshots whose records are read, at most."""


def earlier_copy(
    workspace: Workspace, dataset: DatasetEntry, remote: storage.Remote, digest: str
) -> SnapshotRecord | None:
    """A snapshot whose rows ``remote`` has in parts: of this content, else the newest one."""
    for found in itertools.islice(_candidates(workspace, dataset, digest), _LOOKED_AT):
        try:
            record = Snapshot(workspace, dataset.name, found.name, found.run_id).record
        except MlsnapError:  # deleted just now, or damaged: that is no reason to make no new one
            continue
        copy = record.data
        if copy and copy.mean_rows and copy.remote["url"] == remote.url:
            return record
    return None


def _candidates(
    workspace: Workspace, dataset: DatasetEntry, digest: str
) -> Iterator[SnapshotSummary]:
    yield from workspace.snapshots.ready(dataset, digest=digest, with_data=True)
    yield from workspace.snapshots.ready(dataset, with_data=True, limit=_LOOKED_AT)
