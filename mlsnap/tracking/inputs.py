"""Snapshots as inputs of runs: the link from a run to its data, and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, near
from mlsnap.tracking import artifacts, paths, tags
from mlsnap.tracking.dataset_inputs import SOURCE_TYPE, context_of, dataset_input
from mlsnap.tracking.entries import Entry
from mlsnap.tracking.server import is_missing, translated
from mlsnap.values.names import slug
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord

TRAINING = "training"
"""The context of an input where nobody said another one."""

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class RunInput:
    """A snapshot that a run used: in which context, its reference, its digest.

    Of an input that has no tags the first 32 digits of the digest are known.
    """

    context: str
    reference: str
    digest: str


def link(
    record: SnapshotRecord, *, profile: Profile, context: str, report: artifacts.Content
) -> Entry:
    """What makes ``record`` an input of a run: dataset input, two tags, profile and report."""
    return Entry(
        [dataset_input(record, profile, context)],
        {
            tags.SNAPSHOT + slug(context): record.reference,
            tags.INPUT_DIGEST + slug(context): record.digest,
        },
        {
            paths.input_profile(context): lambda: artifacts.json_bytes(profile.to_dict()),
            paths.input_report(context): report,
        },
    )


def inputs_of(run: Run) -> list[RunInput]:
    """The snapshots a run used: by context as its tags say, then inputs that have no tags.

    These come of MLflow's own ``log_input``, or of a link that was cut off half way.
    """
    tagged = [
        RunInput(context, value, run.data.tags.get(tags.INPUT_DIGEST + context, ""))
        for key, value in sorted(run.data.tags.items())
        if key.startswith(tags.SNAPSHOT) and (context := key.removeprefix(tags.SNAPSHOT))
    ]
    return [*tagged, *_untagged(run, tagged)]


def _untagged(run: Run, tagged: Sequence[RunInput]) -> Iterator[RunInput]:
    known = {each.reference for each in tagged}
    taken = {each.context for each in tagged}
    for used in run.inputs.dataset_inputs if run.inputs else ():
        if used.dataset.source_type == SOURCE_TYPE and used.dataset.name not in known:
            context = slug(context_of(used))
            again = (f"{context}-{number}" for number in itertools.count(2))
            free = next(each for each in itertools.chain([context], again) if each not in taken)
            taken.add(free)
            yield RunInput(free, used.dataset.name, used.dataset.digest)


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
        context = TRAINING if TRAINING in found or len(found) > 1 else next(iter(found))
    if slug(context) not in found:
        contexts = ", ".join(f"{run_id}#{each}" for each in found)
        raise NotFoundError(
            f"run {run_id!r} has no input {context!r}{near(context, found)}",
            f"pick one of its inputs: {contexts}",
        )
    return found[slug(context)]


def loaded(given: str, reference: str) -> Entry:
    """What says which snapshot a reference meant when the run loaded it."""
    return Entry(tags={tags.LOADED + slug(given): reference})


def loaded_of(run: Run) -> dict[str, str]:
    """The snapshots that a run loaded, by the slug of the reference it gave."""
    return {
        key.removeprefix(tags.LOADED): value
        for key, value in run.data.tags.items()
        if key.startswith(tags.LOADED)
    }


def input_profile(client: MlflowClient, run: Run, context: str) -> Profile:
    """The profile of a run's input, from the run alone; `NotFoundError` if somebody deleted it."""
    stored = artifacts.fetch(client, run.info.artifact_uri, paths.input_profile(context))
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
