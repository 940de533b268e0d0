"""Pins: they keep the data of a snapshot from `mlsnap gc`."""

from __future__ import annotations

from datetime import UTC, datetime

from mlsnap import storage
from mlsnap.errors import NoDataCopyError
from mlsnap.services.copies import pulling, referring
from mlsnap.services.workspace import Workspace, user_name
from mlsnap.tracking import changes
from mlsnap.values.moment import moment_text
from mlsnap.values.snapshot import DataCopy, SnapshotRecord
from mlsnap.values.temporary import temporary_folder


def pin(workspace: Workspace, record: SnapshotRecord) -> None:
    """Pin a snapshot; data that it only refers to is copied into a remote of mlsnap's own.

    Raises
    ------
    NoDataCopyError
        If it has no data, or `mlsnap gc` freed it just now.
    RemoteError, DataIntegrityError
        If data that it refers to cannot be had, is other data, or cannot be copied.
    """
    copy = pulling.copy_of(record)
    fresh = _mark(workspace, record.run_id)
    try:
        if copy.tracked is not None:
            _set_copy(workspace, record, referring.copy_referred(workspace, record))
        _require_there(workspace, record)
    except BaseException:
        if fresh:
            unpin(workspace, record.run_id)
        raise


def unpin(workspace: Workspace, run_id: str) -> None:
    """Take the pin of a snapshot away; a copy that was made for it stays for now."""
    changes.unpin(workspace.catalog.client, run_id)


def _mark(workspace: Workspace, run_id: str) -> bool:
    """Pin it unless it is pinned; whether it was not."""
    seen = workspace.snapshots.standing(run_id)
    fresh = seen is not None and seen.pinned is None
    if fresh:
        changes.pin(workspace.catalog.client, run_id, f"{_now()} by {user_name()}")
    return fresh


def _set_copy(workspace: Workspace, record: SnapshotRecord, copy: DataCopy) -> None:
    with temporary_folder() as folder:
        storage.write_pointer(copy, folder, name=record.dataset)
        changes.set_copy(
            workspace.catalog.client,
            record.run_id,
            copy,
            why=f"copied when it was pinned, {_now()}",
            pointer=folder,
        )


def _require_there(workspace: Workspace, record: SnapshotRecord) -> None:
    """Look once more: whoever frees a copy marks that first, then looks for pins."""
    seen = workspace.snapshots.standing(record.run_id)
    if seen is None:
        raise NoDataCopyError(
            f"the snapshot {record.reference} was deleted meanwhile", "choose another snapshot"
        )
    pulling.copy_of(workspace.snapshots.record(record.run_id, copy=seen.copy))


def _now() -> str:
    return moment_text(datetime.now(UTC))
