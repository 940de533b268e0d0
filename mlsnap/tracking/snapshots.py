"""Runs of snapshots: claimed first, then filled, then ready."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Run, RunTag, ViewType
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, SnapshotFailedError, near
from mlsnap.tracking import artifacts, changes, clock, tags
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.claims import claim, holder_of
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import is_missing, translated
from mlsnap.tracking.standing import (
    ATTEMPT,
    CANCELED,
    DELETED,
    FAILED,
    READY,
    RUNNING,
    Standing,
    attempts_of,
    is_taken_up,
    standing_of,
    summary_of,
)
from mlsnap.tracking.stored_profiles import DRIFT
from mlsnap.tracking.timeline import values_of
from mlsnap.values.processes import this_process
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord, SnapshotSummary, Status
from mlsnap.values.texts import storable
from mlsnap.values.timeline import DriftRecord

_RECORD = "mlsnap/snapshot.json"
_PROFILE = "mlsnap/profile.json"
_REPORT = "mlsnap/profile.html"
_DATA = "mlsnap/data"
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A snapshot's name, number and run, ours to fill.

    ``attempt`` counts how often the creation was taken up before; who holds an earlier one than
    the last has lost the claim.
    """

    dataset: DatasetEntry
    name: str
    number: int
    run_id: str
    attempt: int = 0


class SnapshotRuns:
    """The snapshot runs in one MLflow."""

    def __init__(self, client: MlflowClient) -> None:
        self.client = client

    def claim(self, dataset: DatasetEntry, name: str | None) -> Claim | None:
        """Claim ``name`` and the next number; ``None`` if somebody else has the name.

        Without a name it is ``v<number>``, and the claim goes on to the next free one.
        """
        with translated(f"claim a snapshot name of {dataset.name!r}"):
            run_id = self._pending_run(dataset, name)
            if name is not None and not claim(self.client, dataset.index_run_id, name, run_id):
                self.client.delete_run(run_id)
                return None
            return self._numbered(dataset, name, run_id)

    def claim_content(
        self, dataset: DatasetEntry, digest: str, *, besides: Collection[str]
    ) -> Claim | str:
        """Claim the next snapshot for its content; if somebody else makes one, the id of its run.

        Of any number of processes exactly one gets the claim. A creation that is dead, or whose
        run is one of ``besides``, stands in nobody's way.
        """
        with translated(f"claim a snapshot of {dataset.name!r}"):
            run_id = self._pending_run(dataset, None)
            for turn in itertools.count(1):
                key = f"{tags.CONTENT_CLAIM}{digest}/{turn}"
                if claim(self.client, dataset.index_run_id, key, run_id):
                    return self._numbered(dataset, None, run_id)
                holder = holder_of(self.client, dataset.index_run_id, key)
                if holder and holder not in besides and not self.is_dead(holder):
                    self.client.delete_run(run_id)
                    return holder
        raise AssertionError("unreachable")

    def is_dead(self, run_id: str) -> bool:
        """Whether nothing will come, or is left, of the snapshot of that run."""
        return self.status(run_id) not in (Status.RUNNING, Status.COMPLETED)

    def _numbered(self, dataset: DatasetEntry, name: str | None, run_id: str) -> Claim:
        """The claim of the next free number too, and by default of the name that follows."""
        number = dataset.next_number
        while True:
            while not self._claim_number(dataset, number, run_id):
                number += 1
            if name is not None:
                break
            if claim(self.client, dataset.index_run_id, f"v{number}", run_id):
                name = f"v{number}"
                break
            number += 1
        self._name_run(run_id, name, number)
        return Claim(dataset, name, number, run_id)

    def take_up(self, dataset: DatasetEntry, name: str) -> Claim | None:
        """Claim the rest of a failed, cancelled or dead creation; ``None`` if somebody else did."""
        run_id = dataset.names[name]
        with translated(f"take up the snapshot {dataset.name}@{name}"):
            run = self.client.get_run(run_id)
            attempts = attempts_of(run)
            if is_taken_up(run, attempts) or not claim(
                self.client, run_id, f"{ATTEMPT}{len(attempts) + 1}", repr(clock.now())
            ):
                return None
            self.client.set_tag(run_id, tags.ERROR, "")  # that of the attempt before
            number = int(run.data.tags.get(tags.NUMBER, dataset.next_number))
            while not self._claim_number(dataset, number, run_id):
                number += 1
            self.client.update_run(run_id, status="RUNNING")
            self._name_run(run_id, name, number)
        return Claim(dataset, name, number, run_id, len(attempts) + 1)

    def give_up(self, run_id: str) -> None:
        """Take a dead creation up for good: should its process wake up, it has lost the claim."""
        with translated(f"give up the snapshot run {run_id}"):
            attempt = len(attempts_of(self.client.get_run(run_id))) + 1
            if claim(self.client, run_id, f"{ATTEMPT}{attempt}", repr(clock.now())):
                self.client.set_tag(run_id, tags.ENDED, str(attempt))
                self.client.set_tag(run_id, tags.STATE, FAILED)

    def remove(self, run_id: str) -> None:
        """Move a snapshot run to MLflow's deleted ones."""
        with translated(f"delete the snapshot run {run_id}"):
            self.client.delete_run(run_id)

    def check_held(self, held: Claim) -> None:
        """Raise `SnapshotFailedError` if another process has taken the creation up meanwhile."""
        with translated(f"read the snapshot run {held.run_id}"):
            run = self.client.get_run(held.run_id)
        if len(attempts_of(run)) > held.attempt:
            raise SnapshotFailedError(
                f"the creation of {held.dataset.name}@{held.name} gave no sign of life for a "
                "while, and another process has taken it up",
                "look at what came of it: get_snapshot(…).get_status()",
            )

    def beat(self, run_id: str) -> None:
        """Say that the creation is alive."""
        self.client.set_tag(run_id, tags.HEARTBEAT, str(clock.now()))

    def store(
        self,
        record: SnapshotRecord,
        profile: Profile,
        *,
        report: str,
        pointer: Path | None,
        drift: DriftRecord | None,
    ) -> None:
        """Store everything but the data; ``drift`` is that against the snapshot before."""
        files = {
            _RECORD: artifacts.to_json(record.to_dict()),
            _PROFILE: artifacts.to_json(profile.to_dict()),
            _REPORT: report,
        }
        if pointer is not None:
            files |= artifacts.texts_of(pointer, at=_DATA)
        if drift is not None:
            files[DRIFT] = artifacts.to_json(drift.to_dict())
        artifacts.upload(self.client, record.run_id, files)
        with translated(f"store the snapshot {record.reference}"):
            numbers = {
                "number": record.number,
                "columns": record.column_count,
                "bytes": record.data.size if record.data else 0,
                **values_of(profile, drift),
            }
            marks = {
                tags.DIGEST: record.digest,
                tags.CREATED: record.provenance.created,
                tags.HAS_DATA: str(record.data is not None).lower(),
                tags.COMPARED_WITH: drift.reference if drift else "",
            }
            now = int(clock.now() * 1000)
            self.client.log_batch(
                record.run_id,
                metrics=[Metric(key, float(value), now, 0) for key, value in numbers.items()],
                tags=[RunTag(*each) for each in marks.items()],
            )

    def make_ready(self, run_id: str) -> None:
        """The last step: from here on everybody sees the snapshot."""
        with translated(f"finish the snapshot run {run_id}"):
            self.client.set_tag(run_id, tags.STATE, READY)
            self._end(run_id, "FINISHED")

    def fail(self, held: Claim, error: BaseException) -> None:
        """Mark a creation as failed, or as cancelled for an interrupt, if it is still ours."""
        self.check_held(held)
        canceled, run_id = isinstance(error, KeyboardInterrupt), held.run_id
        marks = {
            tags.ERROR: storable(f"{type(error).__name__}: {error}", 4000),
            tags.ENDED: str(held.attempt),
            tags.STATE: CANCELED if canceled else FAILED,  # last: who sees it looks for the error
        }
        self.client.log_batch(run_id, tags=[RunTag(*each) for each in marks.items()])
        self._end(run_id, "KILLED" if canceled else "FAILED")

    def delete(self, dataset: DatasetEntry, name: str) -> None:
        """Delete the snapshot run; the name on the index run stays, as a tombstone."""
        run_id = dataset.names[name]
        with translated(f"delete the snapshot {dataset.name}@{name}"):
            self.client.set_tag(run_id, tags.STATE, DELETED)
            self.client.delete_run(run_id)

    def find(self, dataset: DatasetEntry, name: str) -> str:
        """Id of the run of the snapshot ``name``, whatever its status.

        `NotFoundError` if there is none, with near names, or it was deleted.
        """
        if name not in dataset.names:
            hint = f"list them with `mlsnap list {dataset.name}`"
            raise not_found(dataset.name, name, hint, known=dataset.names)
        if self.status(dataset.names[name]) is Status.DELETED:
            raise not_found(dataset.name, name, "it was deleted; its name stays taken")
        return dataset.names[name]

    def status(self, run_id: str) -> Status:
        """How far a creation has come; a silent one has failed."""
        seen = self.standing(run_id)
        return Status.DELETED if seen is None or seen.hidden else seen.status

    def standing(self, run_id: str) -> Standing | None:
        """How the snapshot of that run stands; ``None`` if MLflow has no such run any more."""
        with translated(f"read the snapshot run {run_id}"):
            run = self._run_or_none(run_id)
            return standing_of(run) if run else None

    def standings(self) -> dict[str, Standing]:
        """How the snapshots of all datasets stand, by run, those in MLflow's bin included."""
        with translated("look through all snapshots"):
            experiments = every(
                lambda token: self.client.search_experiments(ViewType.ALL, page_token=token)
            )
            datasets = [str(each.experiment_id) for each in experiments if tags.INDEX in each.tags]
            found = every(
                lambda token: self.client.search_runs(
                    datasets,
                    f"tags.`{tags.KIND}` = 'snapshot'",
                    ViewType.ALL,
                    max_results=_PAGE,
                    page_token=token,
                )
            )
            return {each.run_id: each for each in map(standing_of, found if datasets else ())}

    def claimed(self) -> set[str]:
        """Ids of all snapshot runs that ever got a name, whatever became of them."""
        with translated("look through the index runs"):
            catalog = self.client.get_experiment_by_name(tags.CATALOG)
            if catalog is None:
                return set()
            index_runs = every(
                lambda token: self.client.search_runs(
                    [catalog.experiment_id], run_view_type=ViewType.ALL, page_token=token
                )
            )
            params = (run.data.params for run in index_runs)
            return {value for each in params for key, value in each.items() if "/" not in key}

    def error(self, run_id: str) -> str:
        """Why a creation failed."""
        stored = self.client.get_run(run_id).data.tags.get(tags.ERROR)
        return stored or "the process that created it ended without a word"

    def record(self, run_id: str, *, copy: str | None) -> SnapshotRecord:
        """The record of a ready snapshot; ``copy`` as its `Standing` says."""
        record = SnapshotRecord.from_dict(artifacts.read_json(self.client, run_id, _RECORD))
        return changes.applied(self.client, record, copy) if copy else record

    def record_of(self, run: Run) -> SnapshotRecord:
        """The record of the ready snapshot that ``run`` is of, mostly in one request."""
        stored = artifacts.fetch(self.client, run.info.artifact_uri, _RECORD)
        record = SnapshotRecord.from_dict(artifacts.parsed(stored))
        copy = run.data.tags.get(tags.COPY)
        return changes.applied(self.client, record, copy) if copy else record

    def profile(self, run_id: str) -> Profile:
        """The profile of a snapshot; `SnapshotFailedError` while it is not ready."""
        with translated(f"read the snapshot run {run_id}"):
            run = self.client.get_run(run_id)
        seen = standing_of(run)
        if seen.hidden or seen.status is not Status.COMPLETED:
            raise not_ready(seen.reference, Status.DELETED if seen.hidden else seen.status)
        stored = artifacts.fetch(self.client, run.info.artifact_uri, _PROFILE)
        return Profile.from_dict(artifacts.parsed(stored))

    def ready(
        self,
        dataset: DatasetEntry,
        *,
        digest: str | None = None,
        with_data: bool = False,
        limit: int | None = None,
    ) -> list[SnapshotSummary]:
        """Ready snapshots, highest number first; only those whose digest begins so, or that have
        data, if asked for.
        """
        found = self.ready_runs(dataset, digest=digest, with_data=with_data, limit=limit)
        return [summary_of(run) for run in found]

    def ready_one(self, run_id: str) -> Run | None:
        """The run of that id, if it is of a ready snapshot."""
        with translated(f"read the snapshot run {run_id}"):
            run = self._run_or_none(run_id)
        seen = standing_of(run) if run else None
        return run if seen and seen.status is Status.COMPLETED and not seen.hidden else None

    def ready_runs(
        self,
        dataset: DatasetEntry,
        *,
        digest: str | None = None,
        with_data: bool = False,
        below: int | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """The runs of `ready` snapshots, of those with a number ``below`` one if it is given."""
        where = f"tags.`{tags.STATE}` = '{READY}' and tags.`{tags.KIND}` = 'snapshot'"
        if digest is not None:
            where += f" and tags.`{tags.DIGEST}` LIKE {tags.quoted(digest + '%')}"
        if with_data:
            where += f" and tags.`{tags.HAS_DATA}` = 'true'"
        if below is not None:
            where += f" and metrics.number < {below}"
        with translated(f"search the snapshots of {dataset.name!r}"):
            found = every(
                lambda token: self.client.search_runs(
                    [dataset.experiment_id],
                    where,
                    max_results=min(limit or _PAGE, _PAGE),
                    order_by=["metrics.number DESC"],
                    page_token=token,
                )
            )
            return list(itertools.islice(found, limit))

    def _end(self, run_id: str, status: str) -> None:
        self.client.set_terminated(run_id, status, int(clock.now() * 1000))

    def _run_or_none(self, run_id: str) -> Run | None:
        try:
            return self.client.get_run(run_id)
        except MlflowException as error:
            if not is_missing(error):
                raise
            return None

    def _pending_run(self, dataset: DatasetEntry, name: str | None) -> str:
        run = self.client.create_run(
            dataset.experiment_id,
            int(clock.now() * 1000),
            run_name=name or "unnamed",  # MLflow would draw one from the user's random numbers
            tags={
                tags.KIND: "snapshot",
                tags.DATASET: dataset.name,
                **_signs_of_life(),
            },
        )
        return str(run.info.run_id)

    def _claim_number(self, dataset: DatasetEntry, number: int, run_id: str) -> bool:
        return claim(self.client, dataset.index_run_id, f"{tags.NUMBER_CLAIM}{number}", run_id)

    def _name_run(self, run_id: str, name: str, number: int) -> None:
        self.client.update_run(run_id, name=name)
        marks = {tags.NAME: name, tags.NUMBER: str(number), **_signs_of_life()}
        self.client.log_batch(run_id, tags=[RunTag(*each) for each in marks.items()])


def _signs_of_life() -> dict[str, str]:
    """What a creation that has begun says of itself."""
    return {
        tags.STATE: RUNNING,
        tags.HEARTBEAT: str(clock.now()),
        tags.PROCESS: this_process() or "",
    }


def not_found(dataset: str, name: str, hint: str, *, known: Iterable[str] = ()) -> NotFoundError:
    """The error for a snapshot that is not there."""
    return NotFoundError(f"no snapshot {name!r} in dataset {dataset!r}{near(name, known)}", hint)


def not_ready(reference: str, status: Status) -> SnapshotFailedError:
    """The error for a snapshot that is not complete."""
    return SnapshotFailedError(
        f"the snapshot {reference} is {status}, not Completed",
        "wait with wait_for_completion(), or create it again under the same name",
    )
