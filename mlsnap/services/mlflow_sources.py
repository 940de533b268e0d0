"""Snapshots as MLflow's own API names them: by the source of a dataset."""

from __future__ import annotations

from typing import Any

from mlsnap.errors import DataIntegrityError, InvalidNameError
from mlsnap.services import creation
from mlsnap.services.columns import Columns, chosen
from mlsnap.services.copies import pulling
from mlsnap.services.references import find_snapshot
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import open_workspace
from mlsnap.tracking.dataset_inputs import SCHEME, dataset_of
from mlsnap.values import reference


def snapshot_at(uri: str, run_id: str | None = None) -> Snapshot:
    """The snapshot that ``mlsnap:/<reference>`` means; ``run_id`` is that of its own run, if known.

    By its run it is found although somebody renamed its experiment in MLflow.

    Raises
    ------
    NotFoundError
        If there is none, or it was deleted.
    """
    ref = uri.removeprefix(SCHEME)
    workspace = open_workspace()
    seen = workspace.snapshots.standing(run_id) if run_id else None
    if seen is None or seen.hidden or seen.reference != ref:
        return find_snapshot(ref, workspace)
    dataset, _, name = ref.partition("@")
    return Snapshot(workspace, dataset, name, seen.run_id)


def settled(uri: str) -> tuple[str, str | None]:
    """``uri`` with a reference that will always mean the same snapshot, and the run it has.

    A name does already, and costs no look.
    """
    if isinstance(reference.parse(uri.removeprefix(SCHEME)), reference.ByName):
        return uri, None
    found = snapshot_at(uri)
    return SCHEME + found.reference, found.run_id


def usable_snapshot(ref: str | Snapshot, name: str | None, digest: str | None) -> Snapshot:
    """The snapshot ``ref`` of a dataset that may be used, if it has that name and digest.

    Raises
    ------
    NotFoundError
        If there is none.
    DatasetStateError
        If its dataset is archived.
    InvalidNameError
        If MLflow is to know it by another name, by which its runs would not be found.
    DataIntegrityError
        If it has another digest.
    """
    found = ref if isinstance(ref, Snapshot) else snapshot_at(ref)
    creation.check_usable(found._workspace.catalog.get(found.dataset_name))
    if name not in (None, found.reference):
        raise InvalidNameError(
            f"the snapshot {found.reference} cannot be logged as {name!r}: the name of the input "
            "leads from a snapshot to its runs",
            "leave the name out; a context can say what the run uses it for",
        )
    if digest and not found.digest.startswith(digest.lower()):
        raise DataIntegrityError(
            f"the snapshot {found.reference} has the digest {found.digest}, not {digest}",
            "leave the digest out, or name the snapshot that has it: DATASET@sha256:DIGEST",
        )
    return found


def frame_of(snapshot: Snapshot, columns: Columns = None) -> Any:
    """Its rows as a pandas DataFrame: from the copy where there is one, else the checked source."""
    if snapshot.record.data is not None:
        return snapshot.to_pandas_dataframe(columns)
    frame = pulling.read_frame(snapshot._workspace, snapshot.record)
    return frame if columns is None else frame[chosen(columns, list(frame.columns))]


def entity_of(snapshot: Snapshot) -> Any:
    """The snapshot as MLflow stores a dataset."""
    return dataset_of(snapshot.record, snapshot.get_profile())
