"""Creating a snapshot: claim the name, do the work, make it ready."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import mlsnap
from mlsnap import storage
from mlsnap.errors import (
    DatasetStateError,
    DeprecatedDatasetWarning,
    NameTakenError,
)
from mlsnap.lineage import git
from mlsnap.report.html import profile_page
from mlsnap.report.records import all_facts
from mlsnap.services.background import in_background
from mlsnap.services.copies import pushing, referring
from mlsnap.services.copies.earlier import earlier_copy
from mlsnap.services.profiling import Reading
from mlsnap.services.remotes import owner_of
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace, user_name
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.snapshots import Claim
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import (
    DataCopy,
    DatasetState,
    Definition,
    Provenance,
    SnapshotRecord,
    Status,
)
from mlsnap.values.temporary import temporary_folder

_BEAT = 10.0
"""Seconds between two signs of life."""


@dataclass(frozen=True)
class Order:
    """What to make a snapshot of.

    ``read`` is called once, when the name is claimed. ``remote`` is where the copy goes, ``None``
    for no copy; ``verbatim`` copies the source's files byte for byte instead of its rows.
    ``refers`` says whether files that the user's DVC project keeps already are referred to instead.
    """

    read: Callable[[], Reading]
    remote: storage.Remote | None = None
    verbatim: bool = False
    refers: bool = True


def create(
    workspace: Workspace, entry: DatasetEntry, order: Order, *, name: str | None
) -> Snapshot:
    """Create a snapshot, or return the one of that name if its content is the same.

    Raises
    ------
    NameTakenError
        If the name belongs to other content, to a deleted snapshot, or to one being created.
    """
    order = _read_once(order)
    claim = claim_or_find(workspace, entry, order, name=name)
    if isinstance(claim, Snapshot):
        return claim
    fill(workspace, claim, order)
    return snapshot_of(workspace, claim)


def start(
    workspace: Workspace,
    entry: DatasetEntry,
    order: Order,
    *,
    name: str | None,
    then: Callable[[Snapshot], object],
) -> Snapshot:
    """The same, but the work goes on in a thread; ``then`` is called with the ready snapshot."""
    order = _read_once(order)
    claim = claim_or_find(workspace, entry, order, name=name)
    if isinstance(claim, Snapshot):
        then(claim)
        return claim
    made = snapshot_of(workspace, claim)

    def work() -> None:
        with contextlib.suppress(Exception, KeyboardInterrupt):  # said by the run's state
            fill(workspace, claim, order)
            then(made)

    in_background(work, name=f"mlsnap {made.reference}")
    return made


def snapshot_of(workspace: Workspace, claim: Claim) -> Snapshot:
    """The snapshot that a claim is for."""
    return Snapshot(workspace, claim.dataset.name, claim.name, claim.run_id)


def check_usable(entry: DatasetEntry) -> None:
    """Refuse an archived dataset, warn about a deprecated one."""
    instead = f"; use {entry.replaced_by!r} instead" if entry.replaced_by else ""
    if entry.state is DatasetState.ARCHIVED:
        raise DatasetStateError(
            f"the dataset {entry.name!r} is archived{instead}",
            f"bring it back with `mlsnap dataset reactivate {entry.name}`",
        )
    if entry.state is DatasetState.DEPRECATED:
        message = f"the dataset {entry.name!r} is deprecated{instead}"
        warnings.warn(message, DeprecatedDatasetWarning, stacklevel=3)


def claim_or_find(
    workspace: Workspace, entry: DatasetEntry, order: Order, *, name: str | None
) -> Claim | Snapshot:
    """A claim of the name for us to fill, or the ready snapshot that has it with our content."""
    if name is None or name not in entry.names:
        claim = workspace.snapshots.claim(entry, name)
        if claim is not None:
            return claim
        entry = workspace.catalog.get(entry.name)
    assert name is not None
    found = Snapshot(workspace, entry.name, name, entry.names[name])
    status = found.get_status()
    if status in (Status.FAILED, Status.CANCELED):
        claim = workspace.snapshots.take_up(entry, name)
        if claim is not None:
            return claim
        status = Status.RUNNING
    _refuse_unless_ready(found, status)
    _refuse_other_content(found, order)
    return found


def fill(workspace: Workspace, claim: Claim, order: Order) -> SnapshotRecord:
    """Do the work of a claimed snapshot. Whatever goes wrong, the claim is marked so."""
    try:
        with _alive(workspace, claim.run_id):
            reading = order.read()
            record = _record(claim, reading, _copy(workspace, claim, order, reading))
            workspace.snapshots.check_held(claim)
            _store(workspace, record, reading.profile)
            workspace.catalog.log_timeline(claim.dataset, claim.number, reading.profile)
            workspace.snapshots.check_held(claim)
            workspace.snapshots.make_ready(claim.run_id)
    except BaseException as error:
        with contextlib.suppress(Exception):
            workspace.snapshots.fail(claim, error)
        raise
    return record


def report_of(record: SnapshotRecord, profile: Profile) -> str:
    """The HTML page of a snapshot's profile."""
    return profile_page(profile, title=record.reference, facts=all_facts(record))


def _refuse_unless_ready(found: Snapshot, status: Status) -> None:
    if status is Status.DELETED:
        raise NameTakenError(
            f"the name {found.reference!r} belonged to a snapshot that was deleted",
            "choose another name; names are never used twice",
        )
    if status is Status.RUNNING:
        raise NameTakenError(
            f"the snapshot {found.reference!r} is being created by another process",
            "wait until it is there (`mlsnap show` tells its status), or choose another name; if "
            "that process was killed on another machine, the same call works after a minute",
        )


def _refuse_other_content(found: Snapshot, order: Order) -> None:
    digest = order.read().profile.digest
    if digest != found.digest:
        raise NameTakenError(
            f"the snapshot {found.reference!r} has other content: digest {found.digest[:16]}…, "
            f"not {digest[:16]}…",
            "choose another name, or leave it out; `mlsnap compare` shows what differs",
        )
    if order.remote is not None and found.record.data is None:
        raise NameTakenError(
            f"the snapshot {found.reference!r} has this content but no copy of the data",
            "take the copy under another name; a snapshot is never changed",
        )


def _copy(workspace: Workspace, claim: Claim, order: Order, reading: Reading) -> DataCopy | None:
    if order.remote is None:
        return None
    if order.refers and (referred := referring.refer(reading, workspace)):
        return referred
    owner = owner_of(workspace, claim.run_id, f"{claim.dataset.name}@{claim.name}")
    if order.verbatim:
        return pushing.push_files(reading, order.remote, owner)
    digest = reading.profile.digest
    earlier = earlier_copy(workspace, claim.dataset, order.remote, digest)
    return pushing.push_table(
        reading,
        order.remote,
        owner,
        before=earlier.data if earlier else None,
        unchanged=earlier is not None and earlier.digest == digest,
    )


def _record(claim: Claim, reading: Reading, data: DataCopy | None) -> SnapshotRecord:
    return SnapshotRecord(
        dataset=claim.dataset.name,
        name=claim.name,
        number=claim.number,
        run_id=claim.run_id,
        digest=reading.profile.digest,
        row_count=reading.profile.row_count,
        column_count=len(reading.profile),
        definition=reading.definition or Definition(version=max(claim.dataset.definitions)),
        provenance=Provenance(
            source=reading.origin,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            creator=user_name(),
            mlsnap_version=mlsnap.__version__,
            git_commit=git.maybe("rev-parse", "HEAD", at=Path.cwd()),
        ),
        data=data,
        carrier=reading.carrier,
    )


def _store(workspace: Workspace, record: SnapshotRecord, profile: Profile) -> None:
    report = report_of(record, profile)
    if record.data is None:
        workspace.snapshots.store(record, profile, report=report, pointer=None)
        return
    with temporary_folder() as folder:
        storage.write_pointer(record.data, folder, name=record.dataset)
        workspace.snapshots.store(record, profile, report=report, pointer=folder)


def _read_once(order: Order) -> Order:
    kept: list[Reading] = []

    def read() -> Reading:
        if not kept:
            kept.append(order.read())
        return kept[0]

    return replace(order, read=read)


@contextlib.contextmanager
def _alive(workspace: Workspace, run_id: str) -> Iterator[None]:
    """Give a sign of life until the block ends."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT):
            with contextlib.suppress(Exception):
                workspace.snapshots.beat(run_id)

    thread = threading.Thread(target=beat, name="mlsnap heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
