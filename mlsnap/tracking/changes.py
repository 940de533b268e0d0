"""What may change of a finished snapshot: where its copy is, if anywhere, and its pin.

The stored record stays as it is. A change of the copy is an artifact of its own, and counts from
the moment that a tag names it.
"""

from __future__ import annotations

import dataclasses
import time
import uuid
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag

from mlsnap.tracking import artifacts, tags
from mlsnap.tracking.server import translated
from mlsnap.values.snapshot import DataCopy, SnapshotRecord

_CHANGE = "mlsnap/copy-{}.json"
_POINTER = "mlsnap/copy-{}"


def set_copy(
    client: MlflowClient,
    run_id: str,
    copy: DataCopy | None,
    *,
    why: str,
    pointer: Path | None = None,
) -> None:
    """Record that another copy, or none, has taken the place of the one that was recorded.

    Parameters
    ----------
    client, run_id
        The snapshot's run.
    copy
        The copy that counts from now on.
    why
        What to say of it to people, with the time.
    pointer
        Folder with the DVC project that pulls ``copy``.
    """
    token = uuid.uuid4().hex
    change = {"data": copy.to_dict() if copy else None, "why": why}
    files = {_CHANGE.format(token): artifacts.to_json(change)}
    if pointer is not None:
        files |= artifacts.texts_of(pointer, at=_POINTER.format(token))
    artifacts.upload(client, run_id, files)
    _name_copy(client, run_id, token, copy)


def take_back_copy(client: MlflowClient, run_id: str, before: str | None, copy: DataCopy) -> None:
    """Undo the last `set_copy`: the change ``before`` it counts again, whose data is ``copy``."""
    _name_copy(client, run_id, before or "", copy)


def applied(client: MlflowClient, record: SnapshotRecord, token: str) -> SnapshotRecord:
    """``record`` with the change of its copy that ``token`` names."""
    change = artifacts.read_json(client, record.run_id, _CHANGE.format(token))
    data = DataCopy.from_dict(change["data"]) if change["data"] else None
    return dataclasses.replace(record, data=data, copy_note=change["why"])


def pin(client: MlflowClient, run_id: str, mark: str) -> None:
    """Pin a snapshot; ``mark`` says when and by whom."""
    with translated(f"pin the snapshot run {run_id}"):
        client.set_tag(run_id, tags.PINNED, mark)


def unpin(client: MlflowClient, run_id: str) -> None:
    """Take the pin of a snapshot away, if it has one."""
    with translated(f"unpin the snapshot run {run_id}"):
        if tags.PINNED in client.get_run(run_id).data.tags:
            client.delete_tag(run_id, tags.PINNED)


def _name_copy(client: MlflowClient, run_id: str, token: str, copy: DataCopy | None) -> None:
    with translated(f"record the copy of the snapshot run {run_id}"):
        step = len(client.get_metric_history(run_id, "bytes"))
        size = float(copy.size if copy else 0)
        has_data = RunTag(tags.HAS_DATA, str(copy is not None).lower())
        client.log_batch(
            run_id,
            metrics=[Metric("bytes", size, int(time.time() * 1000), step)],
            tags=[RunTag(tags.COPY, token), has_data],
        )
