"""From what a user names to the snapshot or profile it means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsnap.errors import NotFoundError, SourceError, near
from mlsnap.services.datasets import Dataset
from mlsnap.services.profiling import profile as profile_of_data
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import inputs
from mlsnap.tracking.inputs import RunInput
from mlsnap.values import reference
from mlsnap.values.names import slug
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotSummary

_FORMS = "a reference is DATASET@SNAPSHOT, DATASET@latest, runs:/ID, models:/NAME/VERSION or a file"


@dataclass(frozen=True, slots=True)
class Named:
    """A profile and what to call it."""

    name: str
    profile: Profile


def find_snapshot(ref: str, workspace: Workspace | None = None) -> Snapshot:
    """The snapshot that ``ref`` means.

    Raises
    ------
    NotFoundError
        If there is none, with near names; or a run has several inputs and none was picked.
    """
    workspace = workspace or open_workspace()
    match reference.parse(ref):
        case reference.ByName(dataset, name):
            return _dataset(workspace, dataset).get_snapshot(name)
        case reference.ByAge(dataset, back):
            return _snapshot(workspace, _by_age(workspace, dataset, back))
        case reference.ByDigest(dataset, prefix):
            return _snapshot(workspace, _by_digest(workspace, dataset, prefix))
        case reference.ByPath(path):
            raise NotFoundError(f"{path!r} is no reference to a snapshot", _FORMS)
        case reference.ByRun() | reference.ByModel() as used:
            run_id, context = _run_of(workspace, used)
            return find_snapshot(_input_of(workspace, run_id, context).reference, workspace)


def find_profile(what: Any, *, default_name: str = "data") -> Named:
    """The profile of a reference, a snapshot, a profile, a table or a path.

    A run's profile is read from the run itself, so it is there even if the snapshot is not.
    """
    if isinstance(what, Profile):
        return Named(default_name, what)
    if isinstance(what, Snapshot):
        return Named(what.reference, what.get_profile())
    if not isinstance(what, str | Path):
        return Named(default_name, profile_of_data(what))
    return _profile_of_text(str(what))


def _profile_of_text(text: str) -> Named:
    ref = reference.parse(text)
    if isinstance(ref, reference.ByPath):
        return Named(ref.path, _profile_of_path(ref.path))
    workspace = open_workspace()
    if isinstance(ref, reference.ByRun | reference.ByModel):
        run_id, context = _run_of(workspace, ref)
        found = _input_of(workspace, run_id, context)
        profile = inputs.input_profile(workspace.catalog.client, run_id, found.context)
        return Named(f"{found.reference} ({text})", profile)
    snapshot = find_snapshot(text, workspace)
    return Named(snapshot.reference, snapshot.get_profile())


def _profile_of_path(path: str) -> Profile:
    try:
        return profile_of_data(path)
    except SourceError as error:
        if Path(path).exists() or "/" in path:
            raise
        raise NotFoundError(
            f"{path!r} is neither a reference nor a file that can be read: {error.fact}", _FORMS
        ) from error


def _dataset(workspace: Workspace, name: str) -> Dataset:
    return Dataset(workspace, workspace.catalog.get(name))


def _snapshot(workspace: Workspace, found: SnapshotSummary) -> Snapshot:
    return Snapshot(workspace, found.dataset, found.name, found.run_id)


def _by_age(workspace: Workspace, dataset: str, back: int) -> SnapshotSummary:
    entry = workspace.catalog.get(dataset)
    ready = workspace.snapshots.ready(entry, limit=back + 1)
    if not ready:
        raise NotFoundError(
            f"dataset {dataset!r} has no snapshot yet", f"take one with `mlsnap snapshot {dataset}`"
        )
    if len(ready) <= back:
        raise NotFoundError(
            f"dataset {dataset!r} has {len(ready)} snapshots, none {back} before the latest",
            f"list them with `mlsnap list {dataset}`",
        )
    return ready[back]


def _by_digest(workspace: Workspace, dataset: str, prefix: str) -> SnapshotSummary:
    ready = workspace.snapshots.ready(workspace.catalog.get(dataset), digest=prefix)
    if not ready:
        raise NotFoundError(
            f"no snapshot of dataset {dataset!r} has a digest that begins with {prefix!r}",
            f"list them with `mlsnap list {dataset}`",
        )
    if len({each.digest for each in ready}) > 1:
        raise NotFoundError(
            f"several digests of dataset {dataset!r} begin with {prefix!r}: "
            + ", ".join(each.digest[: len(prefix) + 6] for each in ready),
            "give more digits",
        )
    return ready[0]


def _run_of(
    workspace: Workspace, ref: reference.ByRun | reference.ByModel
) -> tuple[str, str | None]:
    if isinstance(ref, reference.ByRun):
        return ref.run_id, ref.context
    return inputs.run_of_model(workspace.catalog.client, ref.uri), ref.context


def _input_of(workspace: Workspace, run_id: str, context: str | None) -> RunInput:
    run = inputs.get_run(workspace.catalog.client, run_id)
    found = {each.context: each for each in inputs.inputs_of(run)}
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
