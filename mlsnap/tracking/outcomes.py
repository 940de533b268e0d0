"""What came of a run: params, metrics with their histories, files, and models."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import FileInfo, Metric, Run
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from mlsnap.tracking import inputs, internals
from mlsnap.tracking.models import models_of
from mlsnap.tracking.server import translated

OWN = "mlsnap"
"""The folder of mlsnap's own files among a run's artifacts."""

_MODEL = "MLmodel"
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run logged.

    Attributes
    ----------
    metrics
        The last value of each.
    models
        URIs of the models that it logged, by name; those of one name in the order of logging.
    files
        Bytes of each artifact by its path, but for mlsnap's own and those of models; ``None``
        where the store does not tell.
    """

    run: Run
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    models: Mapping[str, Sequence[str]]
    files: Mapping[str, int | None]


def outcome_of(client: MlflowClient, run_id: str) -> RunOutcome:
    """What a run logged; `NotFoundError` if there is none."""
    run = inputs.get_run(client, run_id)
    with translated(f"read what run {run_id} logged"):
        found = _Listing(client, run).all()
        models = {folder: [f"runs:/{run_id}/{folder}"] for folder in _model_folders(found)}
        logged = models_of(client, [run])[run_id].logged if run.outputs else ()
        for each in logged:
            models.setdefault(each.name, []).append(each.uri)
    files = {path: size for path, size in found.items() if not _is_below(path, models)}
    return RunOutcome(run, dict(run.data.params), dict(run.data.metrics), models, files)


def histories_of(
    client: MlflowClient, run_id: str, names: Sequence[str]
) -> dict[str, dict[int, list[float]]]:
    """The values of metrics at each step, smallest first, without repeats; read side by side.

    The clock orders what was logged at one step, and no two clocks agree: so values are a set.
    """
    with (
        translated(f"read the metrics of run {run_id}"),
        ThreadPoolExecutor(_AT_ONCE, "mlsnap metric") as threads,
    ):
        read = threads.map(partial(client.get_metric_history, run_id), names)
        return {name: _by_step(points) for name, points in zip(names, read, strict=True)}


def copy_file(client: MlflowClient, run: Run, path: str, into: Path) -> None:
    """One artifact of a run, copied to the file ``into``."""
    with translated(f"read the artifact {path} of run {run.info.run_id}"):
        repository = get_artifact_repository(run.info.artifact_uri, client.tracking_uri)
        internals.download_file(repository, path, into)


def input_rows(run: Run) -> dict[str, int]:
    """The number of rows of each snapshot that a run used, by reference, where it is known."""
    used = run.inputs.dataset_inputs if run.inputs else ()
    counts = {each.dataset.name: _row_count(each.dataset.profile) for each in used}
    return {name: count for name, count in counts.items() if count is not None}


class _Listing:
    """All files among a run's artifacts, listed folder by folder, several at once."""

    def __init__(self, client: MlflowClient, run: Run) -> None:
        self._repository = get_artifact_repository(run.info.artifact_uri, client.tracking_uri)

    def all(self) -> dict[str, int | None]:
        files: dict[str, int | None] = {}
        folders: list[str | None] = [None]
        with ThreadPoolExecutor(_AT_ONCE, "mlsnap listing") as threads:
            while folders:
                listed = [each for found in threads.map(self._list, folders) for each in found]
                files |= {each.path: each.file_size for each in listed if not each.is_dir}
                folders = [each.path for each in listed if each.is_dir and each.path != OWN]
        return dict(sorted(files.items()))

    def _list(self, path: str | None) -> Sequence[FileInfo]:
        try:
            found: Sequence[FileInfo] = self._repository.list_artifacts(path)
        except MlflowException:
            if path is None:
                return ()  # a run that logged no file may have no folder
            raise
        return found


def _model_folders(files: Mapping[str, object]) -> list[str]:
    """Folders that hold a model, as runs of MLflow 2 have them among their artifacts."""
    return [path.removesuffix(f"/{_MODEL}") for path in files if path.endswith(f"/{_MODEL}")]


def _is_below(path: str, folders: Mapping[str, object]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _by_step(points: Sequence[Metric]) -> dict[int, list[float]]:
    steps: dict[int, set[float]] = {}
    for each in points:
        steps.setdefault(int(each.step), set()).add(
            math.nan if math.isnan(each.value) else each.value
        )
    return {step: sorted(values, key=_order) for step, values in sorted(steps.items())}


def _order(value: float) -> tuple[bool, float]:
    """NaN comes last."""
    return math.isnan(value), value


def _row_count(profile: str | None) -> int | None:
    try:
        found = json.loads(profile or "{}").get("num_rows")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, int) else None
