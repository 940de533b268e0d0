"""The link from a run to a snapshot it used."""

from __future__ import annotations

from mlsnap.services import creation
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import inputs

DEFAULT_CONTEXT = "training"


def link(
    workspace: Workspace, run_id: str, snapshot: Snapshot, *, context: str = DEFAULT_CONTEXT
) -> None:
    """Make ``snapshot`` an input of a run: dataset input, tags, profile and report."""
    profile = snapshot.get_profile()
    inputs.link(
        workspace.catalog.client,
        run_id,
        snapshot.record,
        profile=profile,
        context=context,
        report=creation.report_of(snapshot.record, profile),
    )


def free_context(workspace: Workspace, run_id: str, snapshot: Snapshot) -> str:
    """The first context of a run that no other snapshot has: training, else the dataset's name."""
    run = inputs.get_run(workspace.catalog.client, run_id)
    taken = {
        each.context for each in inputs.inputs_of(run) if each.reference != snapshot.reference
    }
    choices = (
        DEFAULT_CONTEXT,
        snapshot.dataset_name,
        f"{snapshot.dataset_name}-{snapshot.name}",
    )
    return next((each for each in choices if each not in taken), choices[-1])
