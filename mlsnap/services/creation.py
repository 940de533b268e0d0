"""Creating a snapshot: claim the name, do the work, make it ready."""

from __future__ import annotations

import contextlib
import threading
import time
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
from mlsnap.services.comparison.timeline import drift_to_previous
from mlsnap.services.copies import pushing, referring
from mlsnap.services.copies.earlier import earlier_copy
from mlsnap.services.profiling import Reading
from mlsnap.services.remotes import owner_of
from mlsnap.services.snapshots import Snapshot, known_snapshot, seen_snapshot
from mlsnap.services.workspace import Workspace, user_name
from mlsnap.tracking import artifacts
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.creations import Claim
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
from mlsnap.values.timeline import DriftRecord

_BEAT = 10.0
"""Seconds between two signs of life."""

_WAIT = 120.0
"""Seconds that a training waits for the snapshot that another one makes of the same content."""

_LOOK = 0.2
"""Seconds between two looks whether it is there."""

_GIVEN_UP: set[str] = set()
"""Runs of snapshots that this process failed to make, whether or not MLflow could be told."""


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
    record = fill(workspace, claim, order)
    return known_snapshot(workspace, record, order.read().profile)


def create_once(
    workspace: Workspace, entry: DatasetEntry, order: Order, *, suits: Callable[[Snapshot], bool]
) -> Snapshot:
    """Create the next snapshot, or wait for the one that another process makes of this content.

    Of trainings that begin at once on new data one makes the snapshot, and all use it. If that one
    dies the next takes its turn; after two minutes a process makes one of its own.
    """
    order = _read_once(order)
    reading, passed = order.read(), set[str]()
    end = time.monotonic() + _WAIT
    while time.monotonic() < end:
        claim = workspace.creations.claim_content(entry, reading.digest, besides=passed)
        if isinstance(claim, Claim):
            return known_snapshot(workspace, fill(workspace, claim, order), reading.profile)
        while _is_being_made(workspace, claim) and time.monotonic() < end:
            time.sleep(_LOOK)
        found = workspace.snapshots.ready_one(claim)
        if found and suits(seen := seen_snapshot(workspace, found, reading.known)):
            return seen
        passed.add(claim)
    return create(workspace, entry, order, name=None)


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
        claim = workspace.creations.claim(entry, name)
        if claim is not None:
            return claim
        entry = workspace.catalog.get(entry.name)
    assert name is not None
    found = Snapshot(workspace, entry.name, name, entry.names[name])
    status = found.get_status()
    if status in (Status.FAILED, Status.CANCELED):
        claim = workspace.creations.take_up(entry, name)
        if claim is not None:
            return claim
        status = Status.RUNNING
    _refuse_unless_ready(found, status)
    _refuse_other_content(found, order)
    return found


def fill(workspace: Workspace, claim: Claim, order: Order) -> SnapshotRecord:
    """Do the work of a claimed snapshot. Whatever goes wrong, the claim is marked so."""
    _GIVEN_UP.discard(claim.run_id)
    try:
        with _alive(workspace, claim.run_id):
            reading = order.read()
            record = _record(claim, reading, _copy(workspace, claim, order, reading))
            workspace.creations.check_held(claim)
            drift = drift_to_previous(workspace, claim.dataset, record, reading.profile)
            _store(workspace, record, reading.profile, drift)
            workspace.catalog.log_timeline(claim.dataset, record, reading.profile, drift)
            workspace.creations.check_held(claim)
            workspace.creations.make_ready(claim.run_id)
    except BaseException as error:
        _GIVEN_UP.add(claim.run_id)
        with contextlib.suppress(Exception):
            workspace.creations.fail(claim, error)
        raise
    return record


def report_of(record: SnapshotRecord, profile: Profile) -> str:
    """The HTML page of a snapshot's profile."""
    return profile_page(profile, title=record.reference, facts=all_facts(record))


def report_bytes(record: SnapshotRecord, profile: Profile) -> bytes:
    """The same as a file holds it."""
    return artifacts.to_bytes(report_of(record, profile))


def _is_being_made(workspace: Workspace, run_id: str) -> bool:
    return run_id not in _GIVEN_UP and workspace.snapshots.status(run_id) is Status.RUNNING


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
    digest = order.read().digest
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
    digest = reading.digest
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
        digest=reading.digest,
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


def _store(
    workspace: Workspace, record: SnapshotRecord, profile: Profile, drift: DriftRecord | None
) -> None:
    report = report_of(record, profile)
    if record.data is None:
        workspace.creations.store(record, profile, report=report, pointer=None, drift=drift)
        return
    with temporary_folder() as folder:
        storage.write_pointer(record.data, folder, name=record.dataset)
        workspace.creations.store(record, profile, report=report, pointer=folder, drift=drift)


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
                workspace.creations.beat(run_id)

    thread = threading.Thread(target=beat, name="mlsnap heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
