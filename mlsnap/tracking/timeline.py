"""The time line of a dataset: metrics of its index run, one step for each snapshot's number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities import Metric, ViewType

from mlsnap.tracking import tags
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import translated
from mlsnap.values.profile import Profile
from mlsnap.values.timeline import DriftRecord, TimelinePoint

ROWS, MISSING = "rows", "percent_missing"

DRIFTED = "drifted_to_previous"
"""Share of the compared columns that drifted, as a logged drift calls it."""

_METRICS = (ROWS, MISSING, DRIFTED)
"""Metrics of each snapshot run that the index run shows over all of them."""


def values_of(profile: Profile, drift: DriftRecord | None) -> dict[str, float]:
    """What the time line shows of a snapshot."""
    values = {ROWS: float(profile.row_count), MISSING: profile.percent_missing}
    share = drift.drifted_share if drift else None
    return values if share is None else {**values, DRIFTED: share}


def log_point(
    client: MlflowClient, index: str, number: int, values: Mapping[str, float], *, at: datetime
) -> None:
    """Add a snapshot that was made ``at`` a moment; of its ``values``, those of a time line."""
    moment = int(at.timestamp() * 1000)
    points = [Metric(key, values[key], moment, number) for key in _METRICS if key in values]
    client.log_batch(index, metrics=points)


def points_of(client: MlflowClient, index: str, experiment_id: str) -> list[TimelinePoint]:
    """The time line of the index run ``index`` by number, without deleted snapshots.

    A deleted one whose run is gone for good, not only in MLflow's bin, is still in it.
    ``experiment_id`` is that of the snapshots.
    """
    with translated("read the time line of a dataset"):
        history = {key: _history(client, index, key) for key in _METRICS}
        deleted = _deleted(client, experiment_id)
    return [
        TimelinePoint(
            number=number,
            at=datetime.fromtimestamp(point.timestamp / 1000, UTC),
            rows=point.value,
            percent_missing=_value(history[MISSING], number),
            drifted=_value(history[DRIFTED], number),
        )
        for number, point in sorted(history[ROWS].items())
        if number not in deleted
    ]


def _history(client: MlflowClient, index: str, key: str) -> dict[int, Metric]:
    """The last point of each step."""
    found = sorted(client.get_metric_history(index, key), key=lambda point: point.timestamp)
    return {point.step: point for point in found}


def _value(history: Mapping[int, Metric], number: int) -> float | None:
    return float(history[number].value) if number in history else None


def _deleted(client: MlflowClient, experiment_id: str) -> set[int]:
    """Numbers of the snapshots in MLflow's bin."""
    found = every(
        lambda token: client.search_runs(
            [experiment_id],
            f"tags.`{tags.KIND}` = 'snapshot'",
            ViewType.DELETED_ONLY,
            page_token=token,
        )
    )
    numbers = (run.data.tags.get(tags.NUMBER) for run in found)
    return {int(number) for number in numbers if number}
