"""From what a user names to the snapshot or profile it means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsnap.errors import NotFoundError
from mlsnap.services import late
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import inputs
from mlsnap.tracking.inputs import RunInput
from mlsnap.tracking.model_uris import run_of_model
from mlsnap.values import reference
from mlsnap.values.profile import Profile
from mlsnap.values.reference import FORMS
from mlsnap.values.snapshot import SnapshotSummary

if TYPE_CHECKING:
    from mlsnap.services.snapshots import Snapshot


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
    return late.Snapshot(workspace, *_find(workspace, reference.parse(ref)))


def _find(workspace: Workspace, ref: reference.Reference) -> tuple[str, str, str]:
    """Dataset, name and run of the snapshot that ``ref`` means."""
    match ref:
        case reference.ByName(dataset, name):
            found = workspace.snapshots.find(workspace.catalog.get(dataset), name)
            return dataset, name, found
        case reference.ByAge(dataset, back):
            return _fields(_by_age(workspace, dataset, back))
        case reference.ByDigest(dataset, prefix):
            return _fields(_by_digest(workspace, dataset, prefix))
        case reference.ByPath(path):
            raise NotFoundError(f"{path!r} is no reference to a snapshot", FORMS)
        case reference.ByRun() | reference.ByModel() as used:
            _, linked = _input_of(workspace, used)
            return _find(workspace, reference.parse(linked.reference))


def find_profile(what: Any, *, default_name: str = "data") -> Named:
    """The profile of a reference, a snapshot, a profile, a table or a path.

    A run's profile is read from the run itself, so it is there even if the snapshot is not.
    """
    if isinstance(what, Profile):
        return Named(default_name, what)
    if isinstance(what, str | Path):
        return _profile_of_text(str(what))
    if isinstance(what, late.Snapshot):
        return Named(what.reference, what.get_profile())
    return Named(default_name, late.profile(what))


def _profile_of_text(text: str) -> Named:
    ref = reference.parse(text)
    if isinstance(ref, reference.ByPath):
        return Named(ref.path, _profile_of_path(ref.path))
    workspace = open_workspace()
    if isinstance(ref, reference.ByRun | reference.ByModel):
        run, found = _input_of(workspace, ref)
        return Named(f"{found.reference} ({text})", _profile_of_input(workspace, run, found))
    dataset, name, run_id = _find(workspace, ref)
    stored = workspace.snapshots.profile(run_id)
    return Named(f"{dataset}@{name}", stored)


def _profile_of_input(workspace: Workspace, run: Any, used: RunInput) -> Profile:
    """From the run itself; an input that MLflow's own ``log_input`` made has it in its snapshot."""
    try:
        return inputs.input_profile(workspace.catalog.client, run, used.context)
    except NotFoundError as gone:
        try:
            _, _, run_id = _find(workspace, reference.parse(used.reference))
        except NotFoundError:
            raise gone from None
        return workspace.snapshots.profile(run_id)


def _profile_of_path(path: str) -> Profile:
    with reference.reading_path(path):
        return late.profile(path)


def _fields(found: SnapshotSummary) -> tuple[str, str, str]:
    return found.dataset, found.name, found.run_id


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


def _input_of(
    workspace: Workspace, ref: reference.ByRun | reference.ByModel
) -> tuple[Any, RunInput]:
    """The run, as MLflow has it, and the snapshot that it used."""
    client = workspace.catalog.client
    if isinstance(ref, reference.ByRun):
        run = inputs.get_run(client, ref.run_id)
        return run, inputs.pick_input(run, ref.context)
    run_id = run_of_model(client, ref.uri)
    try:
        run = inputs.get_run(client, run_id)
        return run, inputs.pick_input(run, ref.context)
    except NotFoundError as error:
        fact = f"the model {ref.uri!r} leads to no data: {error.fact}"
        raise NotFoundError(fact, error.hint) from error
