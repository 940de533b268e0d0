"""Runs of snapshots, found and read."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, SnapshotFailedError, near
from mlsnap.tracking import artifacts, changes, paths, tags
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import is_missing, translated
from mlsnap.tracking.standing import (
    DELETED,
    IS_READY,
    Standing,
    standing_of,
    summary_of,
)
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord, SnapshotSummary, Status

_PAGE = 500


class SnapshotRuns:
    """The snapshot runs in one MLflow."""

    def __init__(self, client: MlflowClient) -> None:
        self.client = client

    def remove(self, run_id: str) -> None:
        """Move a snapshot run to MLflow's deleted ones."""
        with translated(f"delete the snapshot run {run_id}"):
            self.client.delete_run(run_id)

    def delete(self, dataset: DatasetEntry, name: str) -> None:
        """Delete the snapshot run; the name on the index run stays, as a tombstone."""
        run_id = dataset.names[name]
        with translated(f"delete the snapshot {dataset.name}@{name}"):
            self.client.set_tag(run_id, tags.STATE, DELETED)
            self.client.delete_run(run_id)

    def find(self, dataset: DatasetEntry, name: str) -> str:
        """Id of the run of the snapshot ``name``, whatever its status.

        `NotFoundError` if there is none, with near names, or it was deleted.
        """
        if name not in dataset.names:
            hint = f"list them with `mlsnap list {dataset.name}`"
            raise not_found(dataset.name, name, hint, known=dataset.names)
        if self.status(dataset.names[name]) is Status.DELETED:
            raise not_found(dataset.name, name, "it was deleted; its name stays taken")
        return dataset.names[name]

    def status(self, run_id: str) -> Status:
        """How far a creation has come; a silent one has failed."""
        seen = self.standing(run_id)
        return Status.DELETED if seen is None or seen.hidden else seen.status

    def standing(self, run_id: str) -> Standing | None:
        """How the snapshot of that run stands; ``None`` if MLflow has no such run any more."""
        with translated(f"read the snapshot run {run_id}"):
            run = self._run_or_none(run_id)
            return standing_of(run) if run else None

    def standings(self) -> dict[str, Standing]:
        """How the snapshots of all datasets stand, by run, those in MLflow's bin included."""
        with translated("look through all snapshots"):
            experiments = every(
                lambda token: self.client.search_experiments(ViewType.ALL, page_token=token)
            )
            datasets = [str(each.experiment_id) for each in experiments if tags.INDEX in each.tags]
            found = every(
                lambda token: self.client.search_runs(
                    datasets,
                    f"tags.`{tags.KIND}` = 'snapshot'",
                    ViewType.ALL,
                    max_results=_PAGE,
                    page_token=token,
                )
            )
            return {each.run_id: each for each in map(standing_of, found if datasets else ())}

    def claimed(self) -> set[str]:
        """Ids of all snapshot runs that ever got a name, whatever became of them."""
        with translated("look through the index runs"):
            catalog = self.client.get_experiment_by_name(tags.CATALOG)
            if catalog is None:
                return set()
            index_runs = every(
                lambda token: self.client.search_runs(
                    [catalog.experiment_id], run_view_type=ViewType.ALL, page_token=token
                )
            )
            params = (run.data.params for run in index_runs)
            return {value for each in params for key, value in each.items() if "/" not in key}

    def error(self, run_id: str) -> str:
        """Why a creation failed."""
        stored = self.client.get_run(run_id).data.tags.get(tags.ERROR)
        return stored or "the process that created it ended without a word"

    def record(self, run_id: str, *, copy: str | None) -> SnapshotRecord:
        """The record of a ready snapshot; ``copy`` as its `Standing` says."""
        record = SnapshotRecord.from_dict(artifacts.read_json(self.client, run_id, paths.RECORD))
        return changes.applied(self.client, record, copy) if copy else record

    def record_of(self, run: Run) -> SnapshotRecord:
        """The record of the ready snapshot that ``run`` is of, mostly in one request."""
        stored = artifacts.fetch(self.client, run.info.artifact_uri, paths.RECORD)
        record = SnapshotRecord.from_dict(artifacts.parsed(stored))
        copy = run.data.tags.get(tags.COPY)
        return changes.applied(self.client, record, copy) if copy else record

    def profile(self, run_id: str) -> Profile:
        """The profile of a snapshot; `SnapshotFailedError` while it is not ready."""
        with translated(f"read the snapshot run {run_id}"):
            run = self.client.get_run(run_id)
        seen = standing_of(run)
        if seen.hidden or seen.status is not Status.COMPLETED:
            raise not_ready(seen.reference, Status.DELETED if seen.hidden else seen.status)
        stored = artifacts.fetch(self.client, run.info.artifact_uri, paths.PROFILE)
        return Profile.from_dict(artifacts.parsed(stored))

    def ready(
        self,
        dataset: DatasetEntry,
        *,
        digest: str | None = None,
        with_data: bool = False,
        limit: int | None = None,
    ) -> list[SnapshotSummary]:
        """Ready snapshots, highest number first; only those whose digest begins so, or that have
        data, if asked for.
        """
        found = self.ready_runs(dataset, digest=digest, with_data=with_data, limit=limit)
        return [summary_of(run) for run in found]

    def ready_one(self, run_id: str) -> Run | None:
        """The run of that id, if it is of a ready snapshot."""
        with translated(f"read the snapshot run {run_id}"):
            run = self._run_or_none(run_id)
        seen = standing_of(run) if run else None
        return run if seen and seen.status is Status.COMPLETED and not seen.hidden else None

    def ready_runs(
        self,
        dataset: DatasetEntry,
        *,
        digest: str | None = None,
        with_data: bool = False,
        below: int | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """The runs of `ready` snapshots, of those with a number ``below`` one if it is given."""
        where = IS_READY
        if digest is not None:
            where += f" and tags.`{tags.DIGEST}` LIKE {tags.quoted(digest + '%')}"
        if with_data:
            where += f" and tags.`{tags.HAS_DATA}` = 'true'"
        if below is not None:
            where += f" and metrics.number < {below}"
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
            return list(itertools.islice(found, limit))

    def _run_or_none(self, run_id: str) -> Run | None:
        try:
            return self.client.get_run(run_id)
        except MlflowException as error:
            if not is_missing(error):
                raise
            return None


def not_found(dataset: str, name: str, hint: str, *, known: Iterable[str] = ()) -> NotFoundError:
    """The error for a snapshot that is not there."""
    return NotFoundError(f"no snapshot {name!r} in dataset {dataset!r}{near(name, known)}", hint)


def not_ready(reference: str, status: Status) -> SnapshotFailedError:
    """The error for a snapshot that is not complete."""
    return SnapshotFailedError(
        f"the snapshot {reference} is {status}, not Completed",
        "wait with wait_for_completion(), or create it again under the same name",
    )
