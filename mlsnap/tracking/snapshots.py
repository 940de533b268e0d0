"""Runs of snapshots: claimed first, then filled, then ready."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, SnapshotFailedError, near
from mlsnap.tracking import artifacts, tags
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.claims import claim
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import is_missing, translated
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord, SnapshotSummary, Status

SILENCE = 60.0
"""Seconds without a heartbeat after which a creation counts as dead."""

_RECORD = "mlsnap/snapshot.json"
_PROFILE = "mlsnap/profile.json"
_REPORT = "mlsnap/profile.html"
_DATA = "mlsnap/data"
_ATTEMPT = "attempt/"

_PAGE = 500

_RUNNING, _READY, _FAILED, _CANCELED, _DELETED = "running", "ready", "failed", "canceled", "deleted"
_STATUS = {
    _READY: Status.COMPLETED,
    _FAILED: Status.FAILED,
    _CANCELED: Status.CANCELED,
    _DELETED: Status.DELETED,
}


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
            attempts = _attempts(run)
            if _is_taken_up(run, attempts) or not claim(
                self.client, run_id, f"{_ATTEMPT}{len(attempts) + 1}", repr(time.time())
            ):
                return None
            number = int(run.data.tags.get(tags.NUMBER, dataset.next_number))
            while not self._claim_number(dataset, number, run_id):
                number += 1
            self.client.update_run(run_id, status="RUNNING")
            self._name_run(run_id, name, number)
        return Claim(dataset, name, number, run_id, len(attempts) + 1)

    def check_held(self, held: Claim) -> None:
        """Raise `SnapshotFailedError` if another process has taken the creation up meanwhile."""
        with translated(f"read the snapshot run {held.run_id}"):
            run = self.client.get_run(held.run_id)
        if len(_attempts(run)) > held.attempt:
            raise SnapshotFailedError(
                f"the creation of {held.dataset.name}@{held.name} gave no sign of life for a "
                "while, and another process has taken it up",
                "look at what came of it: get_snapshot(…).get_status()",
            )

    def beat(self, run_id: str) -> None:
        """Say that the creation is alive."""
        self.client.set_tag(run_id, tags.HEARTBEAT, str(time.time()))

    def store(
        self, record: SnapshotRecord, profile: Profile, *, report: str, pointer: Path | None
    ) -> None:
        """Store everything but the data."""
        files = {
            _RECORD: artifacts.to_json(record.to_dict()),
            _PROFILE: artifacts.to_json(profile.to_dict()),
            _REPORT: report,
        }
        if pointer is not None:
            for file in sorted(pointer.rglob("*")):
                if file.is_file():
                    path = f"{_DATA}/{file.relative_to(pointer).as_posix()}"
                    files[path] = file.read_text(encoding="utf-8")
        artifacts.upload(self.client, record.run_id, files)
        with translated(f"store the snapshot {record.reference}"):
            numbers = {
                "number": record.number,
                "rows": record.row_count,
                "percent_missing": profile.percent_missing,
                "columns": record.column_count,
                "bytes": record.data.size if record.data else 0,
            }
            for key, value in numbers.items():
                self.client.log_metric(record.run_id, key, value)
            self.client.set_tag(record.run_id, tags.DIGEST, record.digest)
            self.client.set_tag(record.run_id, tags.HAS_DATA, str(record.data is not None).lower())

    def make_ready(self, run_id: str) -> None:
        """The last step: from here on everybody sees the snapshot."""
        with translated(f"finish the snapshot run {run_id}"):
            self.client.set_tag(run_id, tags.STATE, _READY)
            self.client.set_terminated(run_id, "FINISHED")

    def fail(self, held: Claim, error: BaseException) -> None:
        """Mark a creation as failed, or as cancelled for an interrupt, if it is still ours."""
        self.check_held(held)
        canceled, run_id = isinstance(error, KeyboardInterrupt), held.run_id
        self.client.set_tag(run_id, tags.ENDED, str(held.attempt))
        self.client.set_tag(run_id, tags.STATE, _CANCELED if canceled else _FAILED)
        self.client.set_tag(run_id, tags.ERROR, f"{type(error).__name__}: {error}"[:4000])
        self.client.set_terminated(run_id, "KILLED" if canceled else "FAILED")

    def delete(self, dataset: DatasetEntry, name: str) -> None:
        """Delete the snapshot run; the name on the index run stays, as a tombstone."""
        run_id = dataset.names[name]
        with translated(f"delete the snapshot {dataset.name}@{name}"):
            self.client.set_tag(run_id, tags.STATE, _DELETED)
            self.client.delete_run(run_id)

    def status(self, run_id: str) -> Status:
        """How far a creation has come; a silent one has failed."""
        with translated(f"read the snapshot run {run_id}"):
            run = self._run_or_none(run_id)
        if run is None or run.info.lifecycle_stage != "active":
            return Status.DELETED
        state = run.data.tags.get(tags.STATE, _RUNNING)
        if state != _RUNNING:
            return _STATUS[state]
        silent = time.time() - float(run.data.tags.get(tags.HEARTBEAT, 0)) > SILENCE
        return Status.FAILED if silent else Status.RUNNING

    def error(self, run_id: str) -> str:
        """Why a creation failed."""
        stored = self.client.get_run(run_id).data.tags.get(tags.ERROR)
        return stored or "the process that created it ended without a word"

    def record(self, run_id: str) -> SnapshotRecord:
        """The record of a ready snapshot."""
        return SnapshotRecord.from_dict(artifacts.read_json(self.client, run_id, _RECORD))

    def profile(self, run_id: str) -> Profile:
        """The profile of a ready snapshot."""
        return Profile.from_dict(artifacts.read_json(self.client, run_id, _PROFILE))

    def ready(
        self, dataset: DatasetEntry, *, digest: str | None = None, limit: int | None = None
    ) -> list[SnapshotSummary]:
        """Ready snapshots, highest number first; only those whose digest begins so, if given."""
        where = f"tags.`{tags.STATE}` = '{_READY}' and tags.`{tags.KIND}` = 'snapshot'"
        if digest is not None:
            where += f" and tags.`{tags.DIGEST}` LIKE {tags.quoted(digest + '%')}"
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
            return [_summary(run) for run in itertools.islice(found, limit)]

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
            run_name=name or "unnamed",  # MLflow would draw one from the user's random numbers
            tags={
                tags.KIND: "snapshot",
                tags.DATASET: dataset.name,
                tags.STATE: _RUNNING,
                tags.HEARTBEAT: str(time.time()),
            },
        )
        return str(run.info.run_id)

    def _claim_number(self, dataset: DatasetEntry, number: int, run_id: str) -> bool:
        return claim(self.client, dataset.index_run_id, f"{tags.NUMBER_CLAIM}{number}", run_id)

    def _name_run(self, run_id: str, name: str, number: int) -> None:
        self.client.update_run(run_id, name=name)
        values: dict[str, Any] = {
            tags.NAME: name,
            tags.NUMBER: number,
            tags.STATE: _RUNNING,
            tags.HEARTBEAT: time.time(),
        }
        for key, value in values.items():
            self.client.set_tag(run_id, key, str(value))


def _summary(run: Run) -> SnapshotSummary:
    run_tags, numbers = run.data.tags, run.data.metrics
    return SnapshotSummary(
        dataset=run_tags[tags.DATASET],
        name=run_tags[tags.NAME],
        number=int(run_tags[tags.NUMBER]),
        run_id=str(run.info.run_id),
        created=datetime.fromtimestamp(run.info.start_time / 1000, UTC).isoformat(),
        digest=run_tags[tags.DIGEST],
        row_count=int(numbers["rows"]),
        column_count=int(numbers["columns"]),
        has_data=run_tags[tags.HAS_DATA] == "true",
        size=int(numbers["bytes"]),
    )


def _attempts(run: Run) -> list[float]:
    """When the creation was taken up, each time."""
    params = run.data.params
    return sorted(float(value) for key, value in params.items() if key.startswith(_ATTEMPT))


def _is_taken_up(run: Run, attempts: list[float]) -> bool:
    """Whether an attempt is under way that has not said so by a heartbeat yet."""
    ended = int(run.data.tags.get(tags.ENDED, 0))
    return len(attempts) > ended and time.time() - attempts[-1] < SILENCE


def not_found(dataset: str, name: str, hint: str, *, known: Iterable[str] = ()) -> NotFoundError:
    """The error for a snapshot that is not there."""
    return NotFoundError(f"no snapshot {name!r} in dataset {dataset!r}{near(name, known)}", hint)
