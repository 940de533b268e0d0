"""The making of snapshots: claimed first, then filled, then ready."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities import Metric, RunTag

from mlsnap.errors import SnapshotFailedError
from mlsnap.tracking import artifacts, clock, paths, tags
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.claims import claim, holder_of
from mlsnap.tracking.server import translated
from mlsnap.tracking.snapshots import SnapshotRuns
from mlsnap.tracking.standing import (
    ATTEMPT,
    CANCELED,
    FAILED,
    READY,
    RUNNING,
    attempts_of,
    is_taken_up,
)
from mlsnap.tracking.timeline import values_of
from mlsnap.values.processes import this_process
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord, Status
from mlsnap.values.texts import storable
from mlsnap.values.timeline import DriftRecord


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


class Creations:
    """Snapshots in the making, among the snapshot runs in one MLflow."""

    def __init__(self, runs: SnapshotRuns) -> None:
        self._runs = runs
        self.client = runs.client

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
        return self._runs.status(run_id) not in (Status.RUNNING, Status.COMPLETED)

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
            paths.RECORD: artifacts.to_json(record.to_dict()),
            paths.PROFILE: artifacts.to_json(profile.to_dict()),
            paths.REPORT: report,
        }
        if pointer is not None:
            files |= artifacts.texts_of(pointer, at=paths.DATA)
        if drift is not None:
            files[paths.DRIFT] = artifacts.to_json(drift.to_dict())
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

    def _end(self, run_id: str, status: str) -> None:
        self.client.set_terminated(run_id, status, int(clock.now() * 1000))

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
