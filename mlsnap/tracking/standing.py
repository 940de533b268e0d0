"""How a snapshot stands, as the tags of its run say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow.entities import Run

from mlsnap.tracking import clock, tags
from mlsnap.values.processes import is_gone
from mlsnap.values.snapshot import SnapshotSummary, Status

SILENCE = 60.0
"""Seconds without a heartbeat after which a creation counts as dead."""

ATTEMPT = "attempt/"
"""Prefix of the claims to take up a failed creation."""

RUNNING, READY, FAILED, CANCELED, DELETED = "running", "ready", "failed", "canceled", "deleted"
IS_READY = f"tags.`{tags.STATE}` = '{READY}' and tags.`{tags.KIND}` = 'snapshot'"
"""Which runs are snapshots that everybody sees, in MLflow's filter language."""

_STATUS = {
    RUNNING: Status.RUNNING,
    READY: Status.COMPLETED,
    FAILED: Status.FAILED,
    CANCELED: Status.CANCELED,
    DELETED: Status.DELETED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a snapshot stands.

    Attributes
    ----------
    status
        What mlsnap wrote, whether or not somebody deleted the run in MLflow.
    hidden
        Whether the run is among MLflow's deleted ones, from where it can be restored.
    ended
        When its creation ended, or began if it has not ended; seconds since 1970.
    silent
        Whether its process has ended, or gave no sign of life for so long that it counts as failed.
    taken_up
        Whether a failed creation is being taken up again.
    pinned
        When and by whom it was pinned; ``None``: it is not.
    copy
        Names the artifact that says what became of the copy; ``None``: it is as it was made.
    """

    run_id: str
    reference: str
    digest: str
    status: Status
    hidden: bool
    ended: float
    silent: bool = False
    taken_up: bool = False
    has_data: bool = False
    pinned: str | None = None
    copy: str | None = None

    @property
    def is_dead(self) -> bool:
        """Whether nothing will come of it any more."""
        return self.status not in (Status.COMPLETED, Status.RUNNING) and not self.taken_up

    @property
    def age(self) -> float:
        """Seconds since its creation ended, or began if it has not ended."""
        return clock.now() - self.ended


def standing_of(run: Run) -> Standing:
    """How the snapshot of ``run`` stands."""
    run_tags = run.data.tags
    return Standing(
        run_id=str(run.info.run_id),
        reference=f"{run_tags.get(tags.DATASET)}@{run_tags.get(tags.NAME, 'unnamed')}",
        digest=run_tags.get(tags.DIGEST, ""),
        status=_status(run),
        hidden=run.info.lifecycle_stage != "active",
        ended=(run.info.end_time or run.info.start_time) / 1000,
        silent=_is_silent(run),
        taken_up=is_taken_up(run, attempts_of(run)),
        has_data=run_tags.get(tags.HAS_DATA) == "true",
        pinned=run_tags.get(tags.PINNED),
        copy=run_tags.get(tags.COPY),
    )


def summary_of(run: Run) -> SnapshotSummary:
    """What lists show of the ready snapshot of ``run``."""
    run_tags, numbers = run.data.tags, run.data.metrics
    return SnapshotSummary(
        dataset=run_tags[tags.DATASET],
        name=run_tags[tags.NAME],
        number=int(run_tags[tags.NUMBER]),
        run_id=str(run.info.run_id),
        created=created_of(run),
        digest=run_tags[tags.DIGEST],
        row_count=int(numbers["rows"]),
        column_count=int(numbers["columns"]),
        has_data=run_tags[tags.HAS_DATA] == "true",
        size=int(numbers["bytes"]),
        pinned=run_tags.get(tags.PINNED),
    )


def attempts_of(run: Run) -> list[float]:
    """When the creation was taken up, each time."""
    params = run.data.params
    return sorted(float(value) for key, value in params.items() if key.startswith(ATTEMPT))


def is_taken_up(run: Run, attempts: list[float]) -> bool:
    """Whether an attempt is under way that has not said so by a heartbeat yet."""
    ended = int(run.data.tags.get(tags.ENDED, 0))
    return len(attempts) > ended and clock.now() - attempts[-1] < SILENCE


def created_of(run: Run) -> str:
    """When the snapshot of ``run`` was made, in ISO 8601; a failed one, when that began."""
    begun = datetime.fromtimestamp(run.info.start_time / 1000, UTC).isoformat(timespec="seconds")
    return run.data.tags.get(tags.CREATED) or begun


def _status(run: Run) -> Status:
    if _is_silent(run):
        return Status.FAILED
    return _STATUS[run.data.tags.get(tags.STATE, RUNNING)]


def _is_silent(run: Run) -> bool:
    run_tags = run.data.tags
    if run_tags.get(tags.STATE, RUNNING) != RUNNING:
        return False
    silent_for = clock.now() - float(run_tags.get(tags.HEARTBEAT, 0))
    return silent_for > SILENCE or is_gone(run_tags.get(tags.PROCESS))
