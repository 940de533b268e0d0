"""Snapshots as inputs of runs: the link from a run to its data, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, Run, ViewType
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, near
from mlsnap.tracking import artifacts, tags
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import is_missing, translated
from mlsnap.tracking.standing import Standing
from mlsnap.values.column import Kind
from mlsnap.values.names import slug
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord

_SHORT_DIGEST = 32
_SCHEMA_LIMIT = 1_000_000
_AT_ONCE = 8
_INPUT_CONTEXT = "mlflow.data.context"

_MLFLOW_TYPES = {
    Kind.INTEGER: "long",
    Kind.DECIMAL: "double",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "datetime",
    Kind.BINARY: "binary",
}


@dataclass(frozen=True, slots=True)
class RunInput:
    """A snapshot that a run used: in which context, its reference, its whole digest."""

    context: str
    reference: str
    digest: str


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


def link(
    client: MlflowClient,
    run_id: str,
    record: SnapshotRecord,
    *,
    profile: Profile,
    context: str,
    report: str,
) -> None:
    """Make ``record`` an input of a run: MLflow's dataset input, two tags, profile and report."""
    folder = f"mlsnap/{slug(context)}"
    artifacts.upload(
        client,
        run_id,
        {
            f"{folder}/profile.json": artifacts.to_json(profile.to_dict()),
            f"{folder}/profile.html": report,
        },
    )
    with translated(f"link {record.reference} to run {run_id}"):
        client.log_inputs(run_id, [_dataset_input(record, profile, context)])
        client.set_tag(run_id, tags.SNAPSHOT + slug(context), record.reference)
        client.set_tag(run_id, tags.INPUT_DIGEST + slug(context), record.digest)


def inputs_of(run: Run) -> list[RunInput]:
    """The snapshots a run used, by context."""
    return [
        RunInput(context, value, run.data.tags.get(tags.INPUT_DIGEST + context, ""))
        for key, value in sorted(run.data.tags.items())
        if key.startswith(tags.SNAPSHOT) and (context := key.removeprefix(tags.SNAPSHOT))
    ]


def pick_input(run: Run, context: str | None) -> RunInput:
    """The snapshot that a run used in ``context``; by default as training data, or its only one.

    Raises
    ------
    NotFoundError
        If it used none, or none in that context, naming those it has.
    """
    run_id = run.info.run_id
    found = {each.context: each for each in inputs_of(run)}
    if not found:
        raise NotFoundError(
            f"run {run_id!r} has no snapshot among its inputs",
            "runs get them through @mlsnap.track, mlsnap.load or mlsnap.log_snapshot",
        )
    if context is None:
        context = "training" if "training" in found or len(found) > 1 else next(iter(found))
    if slug(context) not in found:
        contexts = ", ".join(f"{run_id}#{each}" for each in found)
        raise NotFoundError(
            f"run {run_id!r} has no input {context!r}{near(context, found)}",
            f"pick one of its inputs: {contexts}",
        )
    return found[slug(context)]


def log_loaded(client: MlflowClient, run_id: str, given: str, reference: str) -> None:
    """Record which snapshot a reference meant when the run loaded it."""
    with translated(f"tag run {run_id}"):
        client.set_tag(run_id, tags.LOADED + slug(given), reference)


def loaded_of(run: Run) -> dict[str, str]:
    """The snapshots that a run loaded, by the slug of the reference it gave."""
    return {
        key.removeprefix(tags.LOADED): value
        for key, value in run.data.tags.items()
        if key.startswith(tags.LOADED)
    }


def input_profile(client: MlflowClient, run: Run, context: str) -> Profile:
    """The profile of a run's input, from the run alone; `NotFoundError` if somebody deleted it."""
    path = f"mlsnap/{slug(context)}/profile.json"
    stored = artifacts.fetch(client, run.info.artifact_uri, path)
    return Profile.from_dict(artifacts.parsed(stored))


def get_run(client: MlflowClient, run_id: str) -> Run:
    """The run; `NotFoundError` if there is none."""
    with translated(f"read the run {run_id!r}"):
        try:
            return client.get_run(run_id)
        except MlflowException as error:
            if not is_missing(error):
                raise
            raise NotFoundError(
                f"no run {run_id!r} in this MLflow",
                "copy the id from the run's page; `mlsnap doctor` shows the tracking URI",
            ) from error


def get_runs(client: MlflowClient, run_ids: Sequence[str]) -> list[Run]:
    """The runs, in that order, asked for side by side; `NotFoundError` if there is not each."""
    with ThreadPoolExecutor(_AT_ONCE, "mlsnap run") as threads:
        return list(threads.map(lambda run_id: get_run(client, run_id), run_ids))


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


def run_of_model(client: MlflowClient, uri: str) -> str:
    """The id of the run that a model came of: ``models:/name/3``, ``…@alias``, ``models:/m-…``."""
    name, _, version = uri.removeprefix("models:/").rpartition("/")
    try:
        if not name and version.startswith("m-"):
            return str(client.get_logged_model(version).source_run_id)
        if not name and "@" in version:
            return str(client.get_model_version_by_alias(*version.rsplit("@", 1)).run_id)
        if version == "latest":
            found = client.search_model_versions(f"name={tags.quoted(name)}")
            return str(max(found, key=lambda each: int(each.version)).run_id)
        return str(client.get_model_version(name, version).run_id)
    except Exception as error:
        raise NotFoundError(
            f"no model {uri!r} in this MLflow", "a model is models:/NAME/VERSION or models:/m-…"
        ) from error


def _dataset_input(record: SnapshotRecord, profile: Profile, context: str) -> DatasetInput:
    source = {"uri": f"mlsnap:/{record.reference}", "run_id": record.run_id}
    dataset = Dataset(
        name=record.reference,
        digest=record.digest[:_SHORT_DIGEST],
        source_type="mlsnap",
        source=json.dumps(source),
        schema=_schema(profile),
        profile=json.dumps(_summary(record, profile)),
    )
    return DatasetInput(dataset, [InputTag(_INPUT_CONTEXT, context[:500])])


def _schema(profile: Profile) -> str | None:
    columns = [
        {"type": _MLFLOW_TYPES.get(each.type, "string"), "name": each.name, "required": False}
        for each in profile
    ]
    text = json.dumps({"mlflow_colspec": columns})
    return text if len(text) < _SCHEMA_LIMIT else None


def _summary(record: SnapshotRecord, profile: Profile) -> dict[str, Any]:
    """What MLflow's dataset panel shows: flat and small, it travels with every search."""
    return {
        "num_rows": profile.row_count,
        "num_columns": len(profile),
        "percent_missing": profile.percent_missing,
        "errors": sum(each.error_count for each in profile),
        "snapshot": record.reference,
        "definition_version": record.definition.version,
        "created": record.provenance.created,
        "data_copy_bytes": record.data.size if record.data else 0,
    }


def _is_used(client: MlflowClient, snapshot: Standing, experiments: list[str]) -> bool:
    found = _runs_with(client, snapshot, experiments, ViewType.ALL)
    return any(each.reference == snapshot.reference for run in found for each in inputs_of(run))


def _runs_with(
    client: MlflowClient,
    snapshot: SnapshotRecord | Standing,
    experiments: list[str],
    view: int,
) -> Iterator[Run]:
    name, digest = tags.quoted(snapshot.reference), tags.quoted(snapshot.digest[:_SHORT_DIGEST])
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
            model_uris=tuple(_models(client, run)),
            reproduces=run.data.tags.get(tags.REPRODUCES),
            deleted=run.info.lifecycle_stage != "active",
        )
        for each in inputs_of(run)
        if each.reference == reference
    ]


def _models(client: MlflowClient, run: Run) -> list[str]:
    """Registered versions of the run's models, and the logged ones that have none."""
    run_id = tags.quoted(run.info.run_id)
    versions = client.search_model_versions(f"run_id={run_id}")
    registered = {str(each.source).rpartition("/")[2] for each in versions}
    outputs: list[LoggedModelOutput] = run.outputs.model_outputs if run.outputs else []
    return [f"models:/{each.name}/{each.version}" for each in versions] + [
        f"models:/{each.model_id}" for each in outputs if each.model_id not in registered
    ]
