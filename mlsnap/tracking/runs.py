"""Training runs: the active one or a new one, and what mlsnap writes to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException

from mlsnap.tracking import artifacts, inputs, tags
from mlsnap.tracking.server import translated

T = TypeVar("T")
CALLS = "mlsnap/calls"
_PARAM_LIMIT = 6000
_PARAM_BATCH = 100
_METRIC_BATCH = 1000
_current: ContextVar[str | None] = ContextVar("mlsnap_run", default=None)


def active_run_id() -> str | None:
    """The run this code belongs to: of an enclosing tracked coroutine, else MLflow's active one."""
    if (run_id := _current.get()) is not None:
        return run_id
    return fluent_run_id()


def fluent_run_id() -> str | None:
    """MLflow's own active run."""
    run = mlflow.active_run()
    return str(run.info.run_id) if run else None


def end_stray_run(before: str | None) -> str | None:
    """End the run that MLflow opened by itself since ``before`` was its active one; its id."""
    stray = fluent_run_id()
    if before is not None or stray is None:
        return None
    mlflow.end_run()
    return stray


@dataclass
class OpenRun:
    """The run a call belongs to: one that was active already, or one of its own to end."""

    run_id: str
    close: Callable[[BaseException | None], None]


def _leave_open(error: BaseException | None) -> None:
    """What is active already is ended by whoever opened it."""


def open_run(name: str) -> OpenRun:
    """The active run, or a new one that is MLflow's active run until it is closed."""
    if (run_id := active_run_id()) is not None:
        return OpenRun(run_id, _leave_open)
    run_id = str(mlflow.start_run(run_name=name).info.run_id)
    return OpenRun(run_id, lambda error: _end(run_id, _end_status(error)))


def open_context_run(client: MlflowClient, name: str) -> OpenRun:
    """The same for a coroutine: a new run is active in the coroutine's context only.

    MLflow's own active run belongs to a thread, and coroutines of one thread would mix up theirs.
    """
    if (run_id := active_run_id()) is not None:
        return OpenRun(run_id, _leave_open)
    run = client.create_run(_experiment_id(), run_name=name, tags=_context_tags())
    token = _current.set(str(run.info.run_id))

    def close(error: BaseException | None) -> None:
        try:
            terminate(client, run.info.run_id, _end_status(error))
        finally:
            _current.reset(token)

    return OpenRun(str(run.info.run_id), close)


def create_rerun(client: MlflowClient, original: Any) -> str:
    """A new run beside ``original``, marked as its reproduction; returns its id."""
    run_id = original.info.run_id
    name = f"reproduce {original.info.run_name}"[:250]
    with translated(f"create a run that reproduces {run_id}"):
        run = client.create_run(
            original.info.experiment_id, run_name=name, tags={tags.REPRODUCES: run_id}
        )
    return str(run.info.run_id)


def resume(run_id: str) -> Any:
    """MLflow's active run, taken up by its id; a context manager."""
    return mlflow.start_run(run_id=run_id)


def terminate(client: MlflowClient, run_id: str, status: str) -> None:
    """Set the status that a run ended with."""
    with translated(f"end run {run_id}"):
        client.set_terminated(run_id, status)


def set_verdict(client: MlflowClient, run_id: str, verdict: str) -> None:
    """Tag a reproduction with its verdict."""
    with translated(f"tag run {run_id}"):
        client.set_tag(run_id, tags.VERDICT, verdict)


def log_params(client: MlflowClient, run_id: str, params: Mapping[str, str]) -> list[str]:
    """Log parameters that are not there yet; returns names that hold another value already."""
    with translated(f"log the parameters of run {run_id}"):
        held = client.get_run(run_id).data.params
        cut = {key: value[:_PARAM_LIMIT] for key, value in params.items()}
        new = [Param(key, value) for key, value in cut.items() if key not in held]
        for batch in _batches(new, _PARAM_BATCH):
            client.log_batch(run_id, params=batch)
    return [key for key, value in cut.items() if held.get(key, value) != value]


def log_metrics(client: MlflowClient, run_id: str, metrics: Mapping[str, float]) -> None:
    """Log metrics at step 0."""
    with translated(f"log the metrics of run {run_id}"):
        now = int(time.time() * 1000)
        points = [Metric(key, value, now, 0) for key, value in sorted(metrics.items())]
        for batch in _batches(points, _METRIC_BATCH):
            client.log_batch(run_id, metrics=batch)


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a metric at a step; ``at`` is when it held, by default now."""

    key: str
    value: float
    step: int
    at: datetime | None = None


def log_points(client: MlflowClient, run_id: str, points: Sequence[Point]) -> None:
    """Log metrics at steps. The same points once more change nothing; those of a step may be
    spread over requests. `NotFoundError` if there is no such run.
    """
    inputs.get_run(client, run_id)
    now = datetime.now(UTC)
    with translated(f"log metrics to run {run_id}"):
        metrics = [_metric(each, each.at or now) for each in points]
        for batch in _batches(metrics, _METRIC_BATCH):
            client.log_batch(run_id, metrics=batch)


def create_logged(client: MlflowClient, name: str, points: Sequence[Point]) -> str:
    """A new, finished run in the current experiment that holds these metrics; returns its id."""
    with translated(f"create a run {name!r}"):
        run = client.create_run(_experiment_id(), run_name=name[:250], tags=_context_tags())
    run_id = str(run.info.run_id)
    log_points(client, run_id, points)
    terminate(client, run_id, "FINISHED")
    return run_id


def metrics_of(client: MlflowClient, run_id: str) -> dict[str, float]:
    """The last value of each metric of a run."""
    with translated(f"read the metrics of run {run_id}"):
        return dict(client.get_run(run_id).data.metrics)


def log_call(client: MlflowClient, run_id: str, call: dict[str, Any], files: Path) -> None:
    """Store a tracked call, with the files beside it, as the run's next call."""
    number = len(calls_of(client, run_id))
    (files / "call.json").write_text(artifacts.to_json(call), encoding="utf-8")
    with translated(f"store the call of run {run_id}"):
        client.log_artifacts(run_id, str(files), f"{CALLS}/{number:03d}")


def calls_of(client: MlflowClient, run_id: str) -> list[str]:
    """Artifact folders of a run's tracked calls, in order."""
    with translated(f"list the calls of run {run_id}"):
        return sorted(each.path for each in client.list_artifacts(run_id, CALLS))


def _metric(point: Point, at: datetime) -> Metric:
    return Metric(point.key, point.value, int(at.timestamp() * 1000), point.step)


def _end(run_id: str, status: str) -> None:
    """End MLflow's active run, if it is still the one, else only set its status."""
    active = mlflow.active_run()
    if active is None or active.info.run_id != run_id:
        terminate(MlflowClient(), run_id, status)
        return
    with translated(f"end run {run_id}"):
        mlflow.end_run(status)


def _batches(values: Sequence[T], size: int) -> Iterator[list[T]]:
    return (list(values[start : start + size]) for start in range(0, len(values), size))


def _end_status(error: BaseException | None) -> str:
    """Any exception fails a run, `SystemExit` too; an interrupt kills it."""
    if error is None:
        return "FINISHED"
    return "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"


def _experiment_id() -> str:
    return str(mlflow.tracking.fluent._get_experiment_id())


def _context_tags() -> dict[str, str]:
    try:
        return dict(mlflow.tracking.context.registry.resolve_tags())
    except (MlflowException, OSError):
        return {}
