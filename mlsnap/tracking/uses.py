"""Who used a snapshot: runs, and the models that came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from mlsnap.tracking import tags
from mlsnap.tracking.inputs import SHORT_DIGEST, inputs_of
from mlsnap.tracking.models import models_of
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import translated
from mlsnap.tracking.standing import Standing
from mlsnap.values.snapshot import SnapshotRecord


@dataclass(frozen=True, slots=True)
class Use:
    """A run that used a snapshot, and the models that came of it.

    ``deleted`` says whether the run is in MLflow's bin.
    """

    run_id: str
    run_name: str
    context: str
    status: str
    model_uris: tuple[str, ...]
    reproduces: str | None
    deleted: bool = False


def uses_of(
    client: MlflowClient, snapshot: SnapshotRecord | Standing, *, deleted: bool = False
) -> list[Use]:
    """The runs that used a snapshot, newest first, whatever experiment they are in.

    ``deleted`` includes the runs in MLflow's bin, which can be restored until ``mlflow gc``.
    """
    view = ViewType.ALL if deleted else ViewType.ACTIVE_ONLY
    with translated(f"search the runs of {snapshot.reference}"):
        found = _runs_with(client, snapshot, _experiments(client, view), view)
        return [use for run in found for use in _uses(client, run, snapshot.reference)]


def used_ones(client: MlflowClient, snapshots: Iterable[Standing]) -> set[str]:
    """Ids of the runs of those ``snapshots`` that any run used; one in MLflow's bin counts."""
    with translated("search the runs that used snapshots"):
        experiments = _experiments(client, ViewType.ALL)
        return {each.run_id for each in snapshots if _is_used(client, each, experiments)}


def _is_used(client: MlflowClient, snapshot: Standing, experiments: list[str]) -> bool:
    found = _runs_with(client, snapshot, experiments, ViewType.ALL)
    return any(each.reference == snapshot.reference for run in found for each in inputs_of(run))


def _runs_with(
    client: MlflowClient,
    snapshot: SnapshotRecord | Standing,
    experiments: list[str],
    view: int,
) -> Iterator[Run]:
    name, digest = tags.quoted(snapshot.reference), tags.quoted(snapshot.digest[:SHORT_DIGEST])
    where = f"dataset.name = {name} and dataset.digest = {digest}"
    return every(
        lambda token: client.search_runs(
            experiments, where, view, order_by=["start_time DESC"], page_token=token
        )
    )


def _experiments(client: MlflowClient, view: int) -> list[str]:
    found = every(lambda token: client.search_experiments(view, page_token=token))
    return [str(each.experiment_id) for each in found if tags.INDEX not in each.tags]


def _uses(client: MlflowClient, run: Run, reference: str) -> list[Use]:
    return [
        Use(
            run_id=str(run.info.run_id),
            run_name=run.info.run_name,
            context=each.context,
            status=run.info.status,
            model_uris=tuple(models_of(client, run)),
            reproduces=run.data.tags.get(tags.REPRODUCES),
            deleted=run.info.lifecycle_stage != "active",
        )
        for each in inputs_of(run)
        if each.reference == reference
    ]
