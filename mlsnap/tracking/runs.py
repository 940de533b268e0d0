"""Training runs: the active one or a new one, and what mlsnap writes to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice, zip_longest
from typing import Any, TypeVar

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, near
from mlsnap.tracking import active, inputs, internals, models, paths, tags
from mlsnap.tracking.entries import Entry
from mlsnap.tracking.pages import every
from mlsnap.tracking.patience import again
from mlsnap.tracking.server import translated
from mlsnap.values.reproduction import Reproduction
from mlsnap.values.texts import storable

T = TypeVar("T")
_PARAM_LIMIT = 6000
_NAME_LIMIT = 250
_PARAM_BATCH = 100
_METRIC_BATCH = 900
_REFUSED = "INVALID_PARAMETER_VALUE"


def create(client: MlflowClient, name: str) -> Run:
    """A new run in the current experiment."""
    with translated(f"create a run {name!r}"):
        shown = storable(name, _NAME_LIMIT)
        experiment_id = internals.current_experiment_id()
        return client.create_run(experiment_id, run_name=shown, tags=_context_tags())


def create_rerun(client: MlflowClient, original: Any, *, what_if: Sequence[str] = ()) -> str:
    """A new run beside ``original``, marked as its reproduction, or as a what-if; returns its id.

    ``what_if`` says what is changed.
    """
    run_id = original.info.run_id
    verb = "what if" if what_if else "reproduce"
    name = storable(f"{verb} {original.info.run_name}", _NAME_LIMIT)
    marks = {tags.REPRODUCES: run_id}
    if what_if:
        marks[tags.WHAT_IF] = storable(", ".join(what_if), _PARAM_LIMIT)
    with translated(f"create a run that reproduces {run_id}"):
        run = client.create_run(original.info.experiment_id, run_name=name, tags=marks)
    return str(run.info.run_id)


def tracked_runs(client: MlflowClient, experiment: str, last: int) -> list[Run]:
    """The newest finished runs of an experiment with recorded calls, without reruns.

    `NotFoundError` if there is no such experiment.
    """
    with translated(f"list the runs of experiment {experiment!r}"):
        found = client.get_experiment_by_name(experiment)
        if found is None:
            known = [each.name for each in client.search_experiments(max_results=1000)]
            raise NotFoundError(
                f"there is no experiment {experiment!r}{near(experiment, known)}",
                "name an experiment as MLflow's list of experiments does",
            )
        searched = every(
            lambda token: client.search_runs(
                [found.experiment_id],
                f"attributes.status = 'FINISHED' AND tags.`{tags.CALLS}` != '0'",
                order_by=["attributes.start_time DESC"],
                page_token=token,
            )
        )
        originals = (run for run in searched if tags.REPRODUCES not in run.data.tags)
        return list(islice(originals, last))


def terminate(client: MlflowClient, run_id: str, status: str) -> None:
    """Set the status that a run ended with."""
    with translated(f"end run {run_id}"):
        again(partial(client.set_terminated, run_id, status))


def end(run_id: str, status: str) -> None:
    """End MLflow's active run, if it is still the one, else only set its status."""
    if active.fluent_run_id() != run_id:
        active.take_away(run_id)
        terminate(MlflowClient(), run_id, status)
        return
    with translated(f"end run {run_id}"):
        again(
            partial(mlflow.end_run, status), partial(MlflowClient().set_terminated, run_id, status)
        )


def end_status(error: BaseException | None) -> str:
    """Any exception fails a run, `SystemExit` with an error too; an interrupt kills it."""
    if error is None:
        return "FINISHED"
    return "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"


def set_verdict(client: MlflowClient, report: Reproduction) -> None:
    """Tag a rerun with its verdict; and its original with both, unless it is a what-if."""
    marks = [(report.run_id, {tags.VERDICT: report.verdict.value})]
    if not report.what_if:
        told = {tags.REPRODUCED_BY: report.run_id, tags.REPRODUCED: report.verdict.value}
        marks.append((report.original_run_id, told))
    for run_id, some in marks:
        with translated(f"tag run {run_id}"):
            given = [RunTag(*each) for each in some.items()]
            again(partial(client.log_batch, run_id, tags=given))


def finish(client: MlflowClient, run_id: str) -> None:
    """End a run that no code is in any more."""
    terminate(client, run_id, "FINISHED")


def discard(client: MlflowClient, run_id: str) -> None:
    """Delete a run that nothing but mlsnap has written to; end any other."""
    with translated(f"delete run {run_id}"):
        run = client.get_run(run_id)
        files = {each.path for each in client.list_artifacts(run_id)} - {"mlsnap"}
        models = run.outputs and run.outputs.model_outputs
        if run.data.params or run.data.metrics or files or models:
            finish(client, run_id)
        else:
            client.delete_run(run_id)


def clashing_params(run: Run, params: Mapping[str, str]) -> list[str]:
    """Names of parameters of which the run holds another value."""
    held = run.data.params
    return [key for key, value in _cut(params).items() if held.get(key, value) != value]


def log_outcome(
    client: MlflowClient, run_id: str, params: Mapping[str, str], metrics: Mapping[str, float]
) -> None:
    """Log metrics at step 0, and parameters of which the run holds no value yet.

    Mostly that is one request: only where MLflow refuses the parameters it is asked what it has.
    """
    points = _points(metrics, {})
    with translated(f"log to run {run_id}"):
        try:
            _log(client, run_id, _cut(params), points)
        except MlflowException as error:
            if error.error_code != _REFUSED:
                raise
            held = client.get_run(run_id).data.params
            free = {key: value for key, value in _cut(params).items() if key not in held}
            _log(client, run_id, free, points)


def log_modelled(
    client: MlflowClient, run_id: str, params: Mapping[str, str], metrics: Mapping[str, float]
) -> None:
    """The same for a run that logged models: they and the metrics are tied to its snapshots."""
    run = inputs.get_run(client, run_id)
    free = {key: value for key, value in _cut(params).items() if key not in run.data.params}
    with translated(f"log to run {run_id}"):
        _log(client, run_id, free, _points(metrics, models.subject_of(run)))
    models.link_models(client, run)


def _points(metrics: Mapping[str, float], subject: Mapping[str, str]) -> list[Metric]:
    now = int(time.time() * 1000)
    return [Metric(key, value, now, 0, **subject) for key, value in sorted(metrics.items())]


def _cut(params: Mapping[str, str]) -> dict[str, str]:
    return {key: storable(value, _PARAM_LIMIT) for key, value in params.items()}


def _log(
    client: MlflowClient, run_id: str, params: Mapping[str, str], points: Sequence[Metric]
) -> None:
    given = [Param(*each) for each in params.items()]
    pairs = zip_longest(_batches(given, _PARAM_BATCH), _batches(points, _METRIC_BATCH))
    for some_params, some_points in pairs:
        again(
            partial(client.log_batch, run_id, metrics=some_points or [], params=some_params or [])
        )


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
    run_id = str(create(client, name).info.run_id)
    log_points(client, run_id, points)
    terminate(client, run_id, "FINISHED")
    return run_id


def metrics_of(client: MlflowClient, run_id: str) -> dict[str, float]:
    """The last value of each metric of a run."""
    with translated(f"read the metrics of run {run_id}"):
        return dict(client.get_run(run_id).data.metrics)


def call_entry(run: Run, files: Mapping[str, bytes]) -> Entry:
    """What stores the files of a tracked call as the run's next call.

    Calls that begin at the same time may take the same number; the rest of the folder's name is
    of one call alone.
    """
    number = int(run.data.tags.get(tags.CALLS, 0))
    folder = f"{paths.CALLS}/{number:03d}-{os.urandom(3).hex()}"
    return Entry(
        tags={tags.CALLS: str(number + 1)},
        files={f"{folder}/{name}": content for name, content in files.items()},
    )


def calls_of(client: MlflowClient, run_id: str) -> list[str]:
    """Artifact folders of a run's tracked calls, in order."""
    with translated(f"list the calls of run {run_id}"):
        return sorted(each.path for each in client.list_artifacts(run_id, paths.CALLS))


def _metric(point: Point, at: datetime) -> Metric:
    return Metric(point.key, point.value, int(at.timestamp() * 1000), point.step)


def _batches(values: Sequence[T], size: int) -> Iterator[list[T]]:
    return (list(values[start : start + size]) for start in range(0, len(values), size))


def _context_tags() -> dict[str, str]:
    try:
        return dict(mlflow.tracking.context.registry.resolve_tags())
    except (MlflowException, OSError):
        return {}
