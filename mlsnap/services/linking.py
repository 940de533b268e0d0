"""The link from a run to a snapshot it used."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from mlsnap.services import creation
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import inputs
from mlsnap.values.names import slug

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


def link_freely(
    workspace: Workspace, run_id: str, snapshot: Snapshot, *, context: str = DEFAULT_CONTEXT
) -> None:
    """The same, without taking the context from another snapshot of the run.

    A context that is taken becomes the dataset's name, then ``<dataset>-<snapshot>``.
    """
    free = free_context(workspace, run_id, snapshot, _contexts(snapshot, context))
    link(workspace, run_id, snapshot, context=free)


def free_context(
    workspace: Workspace, run_id: str, snapshot: Snapshot, choices: Iterable[str]
) -> str:
    """The first of the ``choices`` that the run has for no other snapshot."""
    run = inputs.get_run(workspace.catalog.client, run_id)
    taken = {each.context for each in inputs.inputs_of(run) if each.reference != snapshot.reference}
    return next(each for each in choices if slug(each) not in taken)


def _contexts(snapshot: Snapshot, wanted: str) -> Iterator[str]:
    yield wanted
    yield snapshot.dataset_name
    name = f"{snapshot.dataset_name}-{snapshot.name}"
    yield name
    yield from (f"{name}-{number}" for number in itertools.count(2))
