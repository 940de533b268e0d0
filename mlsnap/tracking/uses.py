"""Who used a snapshot: runs, and the models that came of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from mlsnap.tracking import tags
from mlsnap.tracking.dataset_inputs import SHORT_DIGEST
from mlsnap.tracking.inputs import TRAINING, RunInput, inputs_of
from mlsnap.tracking.models import Models, RegisteredVersion, RunModel, models_of
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import translated
from mlsnap.tracking.standing import Standing
from mlsnap.values.garbage import seldom_collected
from mlsnap.values.snapshot import SnapshotRecord


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A run that makes another one again; no verdict yet while it goes on, or if it was killed."""

    run_id: str
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Use:
    """A run that used a snapshot in a context, and what came of it.

    Attributes
    ----------
    started
        When the run began.
    versions
        The registered model versions that came of it, by name and number.
    logged_models
        The models that it logged, registered or not.
    reproduces
        The run that it makes again, if any, with ``verdict`` of it.
    reproductions
        The runs that make this one again.
    deleted
        Whether the run is in MLflow's bin.
    """

    run_id: str
    run_name: str
    experiment_id: str
    experiment: str
    context: str
    status: str
    started: datetime
    versions: tuple[RegisteredVersion, ...] = ()
    logged_models: tuple[RunModel, ...] = ()
    reproduces: str | None = None
    verdict: str | None = None
    reproductions: tuple[Reproduction, ...] = ()
    deleted: bool = False

    @property
    def model_uris(self) -> tuple[str, ...]:
        """The registered versions, and the logged models that have none."""
        return Models(self.versions, self.logged_models).uris


def uses_of(
    client: MlflowClient, snapshot: SnapshotRecord | Standing, *, deleted: bool = False
) -> list[Use]:
    """The runs that used a snapshot, newest first, whatever experiment they are in.

    A run that used it in several contexts is there once for each. ``deleted`` includes the runs
    in MLflow's bin, which can be restored until ``mlflow gc``.
    """
    view = ViewType.ALL if deleted else ViewType.ACTIVE_ONLY
    with translated(f"search the runs of {snapshot.reference}"), seldom_collected():
        experiments = _experiments(client, view)
        found = list(_users(client, snapshot, list(experiments), view))
        found.sort(key=lambda user: user.run.info.start_time, reverse=True)
        return list(_uses(client, found, experiments, view))


def used_ones(client: MlflowClient, snapshots: Iterable[Standing]) -> set[str]:
    """Ids of the runs of those ``snapshots`` that any run used; one in MLflow's bin counts."""
    with translated("search the runs that used snapshots"):
        experiments = list(_experiments(client, ViewType.ALL))
        return {each.run_id for each in snapshots if _is_used(client, each, experiments)}


@dataclass(frozen=True, slots=True)
class _User:
    """A run as MLflow has it, and the contexts in which it used a snapshot."""

    run: Run
    contexts: tuple[str, ...]


def _is_used(client: MlflowClient, snapshot: Standing, experiments: list[str]) -> bool:
    return any(True for _ in _users(client, snapshot, experiments, ViewType.ALL))


def _users(
    client: MlflowClient,
    snapshot: SnapshotRecord | Standing,
    experiments: list[str],
    view: int,
) -> Iterator[_User]:
    """The runs that have the snapshot as MLflow's dataset input; if none has, those with its tag.

    mlsnap writes the input first, the tags after it. A tag alone is left where other tools copied
    a run without its inputs; MLflow finds one by its whole key, that is for one context only.
    """
    is_found = False
    for where in (_by_input(snapshot), _by_tag(snapshot)):
        for run in () if is_found else _search(client, experiments, where, view):
            contexts = tuple(each.context for each in inputs_of(run) if _is_it(each, snapshot))
            if contexts:
                is_found = True
                yield _User(run, contexts)


def _is_it(used: RunInput, snapshot: SnapshotRecord | Standing) -> bool:
    """Whether a run's input is the snapshot; of some inputs only a part of the digest is known."""
    return used.reference == snapshot.reference and snapshot.digest.startswith(used.digest)


def _by_input(snapshot: SnapshotRecord | Standing) -> str:
    name, digest = tags.quoted(snapshot.reference), tags.quoted(snapshot.digest[:SHORT_DIGEST])
    return f"dataset.name = {name} and dataset.digest = {digest}"


def _by_tag(snapshot: SnapshotRecord | Standing) -> str:
    return f"tags.`{tags.SNAPSHOT}{TRAINING}` = {tags.quoted(snapshot.reference)}"


def _search(client: MlflowClient, experiments: list[str], where: str, view: int) -> Iterator[Run]:
    return every(lambda token: client.search_runs(experiments, where, view, page_token=token))


def _experiments(client: MlflowClient, view: int) -> dict[str, str]:
    """The names of all experiments but those of snapshots, by id."""
    found = every(lambda token: client.search_experiments(view, page_token=token))
    return {
        str(each.experiment_id): str(each.name) for each in found if tags.INDEX not in each.tags
    }


def _uses(
    client: MlflowClient, users: list[_User], experiments: Mapping[str, str], view: int
) -> Iterator[Use]:
    models = models_of(client, [user.run for user in users])
    reproductions = _reproductions(client, users, view)
    for user in users:
        info, marks = user.run.info, user.run.data.tags
        run_id = str(info.run_id)
        for context in user.contexts:
            yield Use(
                run_id=run_id,
                run_name=info.run_name,
                experiment_id=str(info.experiment_id),
                experiment=experiments[str(info.experiment_id)],
                context=context,
                status=info.status,
                started=datetime.fromtimestamp(info.start_time / 1000, UTC),
                versions=models[run_id].versions,
                logged_models=models[run_id].logged,
                reproduces=marks.get(tags.REPRODUCES),
                verdict=marks.get(tags.VERDICT),
                reproductions=tuple(reproductions[run_id]),
                deleted=info.lifecycle_stage != "active",
            )


def _reproductions(
    client: MlflowClient, users: list[_User], view: int
) -> dict[str, list[Reproduction]]:
    """The runs that make runs of these experiments again, by the run that they make, oldest first.

    A reproduction lies in the experiment of its original.
    """
    experiments = sorted({str(user.run.info.experiment_id) for user in users})
    found: dict[str, list[Reproduction]] = defaultdict(list)
    if not experiments:
        return found
    runs = _search(client, experiments, f"tags.`{tags.REPRODUCES}` LIKE '%'", view)
    for run in sorted(runs, key=lambda run: run.info.start_time):
        marks = run.data.tags
        made = Reproduction(str(run.info.run_id), marks.get(tags.VERDICT))
        found[marks[tags.REPRODUCES]].append(made)
    return found
