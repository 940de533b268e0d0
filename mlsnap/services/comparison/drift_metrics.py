"""A drift as metrics of MLflow, so that its own charts show it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import active, runs
from mlsnap.tracking.runs import Point
from mlsnap.values.difference import ColumnDifference
from mlsnap.values.drift import Drift, DriftStep
from mlsnap.values.names import slug, slugs

LOGGED = (
    "wasserstein_normalised",
    "kolmogorov_smirnov",
    "total_variation",
    "jensen_shannon",
    "percent_missing",
)
"""What is logged of a column, where it has it."""


def log_drift(drift: Drift, run_id: str | None = None) -> str:
    """Log a drift as metrics of MLflow, a step for each snapshot; returns the run's id.

    A metric is ``drift_to_first/<column>/<measure>`` (``drift_to_previous/…``,
    ``drift_to_<baseline>/…``), the measures are `LOGGED`; ``drifted_to_first`` is the share
    0-1 of the compared columns that drifted (`ColumnDifference.drifted`). What MLflow does not take
    in a name is replaced, see `mlsnap.values.names.slug`. Steps have the snapshots' numbers and
    times, so that logging the same drift to the same run again changes nothing. What is not
    finite is left out.

    Parameters
    ----------
    run_id
        By default MLflow's active run; where there is none, for a dataset its index run, which
        holds its time line (experiment ``mlsnap``); else a new run of that title in MLflow's
        current experiment.

    Raises
    ------
    NotFoundError
        If there is no such run.
    TrackingError
        If MLflow refuses.
    """
    workspace = open_workspace()
    client = workspace.catalog.client
    run_id = run_id or active.active_run_id() or _index_run(workspace, drift)
    points = list(_points(drift))
    if run_id is None:
        return runs.create_logged(client, drift.title, points)
    runs.log_points(client, run_id, points)
    return run_id


def _index_run(workspace: Workspace, drift: Drift) -> str | None:
    return workspace.catalog.get(drift.dataset).index_run_id if drift.dataset else None


def _points(drift: Drift) -> Iterator[Point]:
    baseline = slug(drift.against)
    slugged = slugs(dict.fromkeys(name for step in drift for name in step.compared or ()))
    for step in drift:
        found = step.compared
        if not found:
            continue
        share = sum(bool(each.drifted) for each in found.values()) / len(found)
        yield _point(f"drifted_to_{baseline}", share, step)
        for name, column in found.items():
            for measure, value in _values(column):
                yield _point(f"drift_to_{baseline}/{slugged[name]}/{measure}", value, step)


def _values(column: ColumnDifference) -> Iterator[tuple[str, float]]:
    known = column.measures()
    for measure in LOGGED:
        value = known.get(measure)
        if isinstance(value, float | int) and math.isfinite(value):
            yield measure, float(value)


def _point(key: str, value: float, step: DriftStep) -> Point:
    return Point(key, value, step.number, step.at)
