"""Data in and out of runs: loaded from a snapshot, or logged as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlsnap.errors import NotFoundError
from mlsnap.lineage import ranks
from mlsnap.services import creation, references
from mlsnap.services.copies import pulling
from mlsnap.services.creation import Order
from mlsnap.services.linking import DEFAULT_CONTEXT, link_freely
from mlsnap.services.profiling import Reading, read_frame
from mlsnap.services.registry import open_dataset
from mlsnap.services.remotes import remote_of
from mlsnap.services.snapshots import Snapshot, seen_snapshot
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import active
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.values.names import check_name, slug


@dataclass
class _Replay:
    """Whether this process makes a run again, and what the original run loaded by reference."""

    active: bool = False
    loaded: dict[str, str] = field(default_factory=dict)


_REPLAY = _Replay()


def load(ref: str, context: str = DEFAULT_CONTEXT) -> Any:
    """The data of a snapshot as a DataFrame; inside a run it becomes the run's input.

    A thread without a run of its own belongs to the only one that is active in another thread, if
    there is one. Of the processes of a distributed training the first one records.

    The stored copy is read where there is one, else the source, whose content must still be the
    recorded one. In a reproduction it is the data that the original run loaded.

    Parameters
    ----------
    ref
        Any reference to a snapshot: ``crime@latest``, ``crime@2019``, ``runs:/<id>``, ….
    context
        What the run uses it for.

    Raises
    ------
    NotFoundError
        If there is no such snapshot.
    DatasetStateError
        If the dataset is archived.
    DataIntegrityError, RemoteError
        If the data is not what was recorded, or cannot be had.
    """
    workspace = open_workspace()
    snapshot = references.find_snapshot(_REPLAY.loaded.get(slug(ref), ref), workspace)
    if not _REPLAY.active:
        creation.check_usable(workspace.catalog.get(snapshot.dataset_name))
    frame = pulling.read_frame(workspace, snapshot.record)
    if (run_id := active.reachable_run_id()) is not None and ranks.is_main_process():
        link_freely(workspace, run_id, snapshot, context=context, given=ref)
    return frame


def replay(loaded: dict[str, str]) -> None:
    """From now on `load` gives what `inputs.loaded_of` found; for a process that reproduces."""
    _REPLAY.active = True
    _REPLAY.loaded.update(loaded)


def log_snapshot(
    snapshot_or_frame: Any,
    context: str = DEFAULT_CONTEXT,
    *,
    dataset: str | None = None,
    run_id: str | None = None,
) -> Snapshot | None:
    """Make a snapshot an input of the active run; a frame is snapshotted first.

    Of the processes of a distributed training the first one does. In the others nothing happens:
    a `Snapshot` is returned as it is, and ``None`` for a frame, of which no snapshot is made there.

    Parameters
    ----------
    snapshot_or_frame
        A `Snapshot`, or any table; a table belongs to the frame dataset ``dataset``, by default
        named after ``context`` and registered if need be.
    run_id
        The run, by default the active one; in a thread that has none, the only one that is
        active in another thread.

    Raises
    ------
    NotFoundError
        If no run is active, or there is no run of that id.
    """
    if not ranks.is_main_process():
        return snapshot_or_frame if isinstance(snapshot_or_frame, Snapshot) else None
    run_id = run_id or active.reachable_run_id()
    if run_id is None:
        raise NotFoundError(
            "no MLflow run is active", "call it inside `with mlflow.start_run():` or @mlsnap.track"
        )
    workspace = open_workspace()
    if isinstance(snapshot_or_frame, Snapshot):
        snapshot = snapshot_or_frame
    else:
        name = check_name(dataset or slug(context), "dataset")
        reading = read_frame(snapshot_or_frame, may_be_known=True)
        entry = open_dataset(workspace, name)
        snapshot = snapshot_for(workspace, entry, reading, with_data=False)
    link_freely(workspace, run_id, snapshot, context=context)
    return snapshot


def snapshot_for(
    workspace: Workspace,
    entry: DatasetEntry,
    reading: Reading,
    *,
    with_data: bool,
    verbatim: bool = False,
) -> Snapshot:
    """The newest snapshot with this content (and a copy, if one is asked for), else a new one.

    ``verbatim`` asks for a copy of the source's files. A reproduction may use an archived dataset,
    as long as it finds its content there.
    """
    if not _REPLAY.active:
        creation.check_usable(entry)

    def suits(found: Snapshot) -> bool:
        has_data = found.record.data is not None
        return not with_data or (has_data and (not verbatim or found.is_verbatim))

    for run in workspace.snapshots.ready_runs(entry, digest=reading.digest, with_data=with_data):
        if suits(found := seen_snapshot(workspace, run, reading.known)):
            return found
    if _REPLAY.active:
        creation.check_usable(entry)
    remote = remote_of(workspace) if with_data else None
    order = Order(lambda: reading, remote, verbatim)
    return creation.create_once(workspace, entry, order, suits=suits)
