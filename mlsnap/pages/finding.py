"""From names in an address to what they mean; what the caller may not read is not there."""

from __future__ import annotations

from typing import Any

from mlsnap.errors import NotFoundError, near
from mlsnap.pages.site import Site
from mlsnap.tracking import inputs, overview
from mlsnap.tracking.overview import Found, Known
from mlsnap.tracking.snapshots import not_ready
from mlsnap.tracking.standing import standing_of

_LIST = "the page of all datasets leads to what there is"


def dataset_of(site: Site, name: str) -> Known:
    """The dataset ``name``; `NotFoundError` if there is none for the caller."""
    found = overview.dataset(site.workspace.catalog.client, name)
    if found is None or not site.may_read(found.entry.experiment_id):
        raise _no_dataset(site, name)
    return found


def snapshot_of(site: Site, dataset: str, name: str) -> Found:
    """The ready snapshot ``name`` of a dataset.

    Raises
    ------
    NotFoundError
        If there is none for the caller.
    SnapshotFailedError
        If it is not ready.
    """
    client = site.workspace.catalog.client
    experiment = experiment_of(site, dataset)
    found = overview.snapshot(client, experiment, name)
    if found is not None:
        return found
    claimed = overview.unready(client, experiment, name)
    if claimed is not None:
        standing = standing_of(claimed)
        raise not_ready(standing.reference, standing.status)
    raise NotFoundError(f"no snapshot {name!r} in dataset {dataset!r}", _LIST)


def experiment_of(site: Site, dataset: str) -> str:
    """Id of the experiment of a dataset's snapshots; `NotFoundError` if there is none."""
    found = overview.experiment_of(site.workspace.catalog.client, dataset)
    if found is None or not site.may_read(found):
        raise _no_dataset(site, dataset)
    return found


def run_of(site: Site, run_id: str) -> Any:
    """The run, as MLflow has it; `NotFoundError` if there is none for the caller."""
    run = inputs.get_run(site.workspace.catalog.client, run_id)
    if not site.may_read(str(run.info.experiment_id)):
        raise NotFoundError(f"no run {run_id!r} in this MLflow", "copy the id from the run's page")
    return run


def _no_dataset(site: Site, name: str) -> NotFoundError:
    known = overview.names(site.workspace.catalog.client)
    return NotFoundError(f"no dataset {name!r}{near(name, known)}", _LIST)
