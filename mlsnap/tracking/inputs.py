"""Snapshots as inputs of runs: the link from a run to its data, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Run
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, near
from mlsnap.tracking import artifacts, tags
from mlsnap.tracking.server import is_missing, translated
from mlsnap.values.column import Kind
from mlsnap.values.names import slug
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord

SHORT_DIGEST = 32
"""Hex digits of a digest that MLflow's dataset inputs carry: it takes 36 characters."""

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


def _dataset_input(record: SnapshotRecord, profile: Profile, context: str) -> DatasetInput:
    source = {"uri": f"mlsnap:/{record.reference}", "run_id": record.run_id}
    dataset = Dataset(
        name=record.reference,
        digest=record.digest[:SHORT_DIGEST],
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
