"""The page of a snapshot's first rows."""

from __future__ import annotations

from functools import partial

from mlsnap.errors import MlsnapError
from mlsnap.pages import profiles
from mlsnap.pages.addresses import Addresses
from mlsnap.pages.deadline import within
from mlsnap.pages.failures import failure_of
from mlsnap.pages.finding import snapshot_of
from mlsnap.pages.rendering import page
from mlsnap.pages.site import Site
from mlsnap.pages.snapshot_page import record_of
from mlsnap.services.copies.preview import Preview, first_rows
from mlsnap.values.snapshot import SnapshotRecord

_ROWS, _COLUMNS = 100, 50
_PATIENCE = 10.0
"""Seconds that a remote may take."""


def rows_page(site: Site, dataset: str, name: str) -> str:
    """The first rows of a snapshot from its copy, or a sentence that says why there are none.

    Raises
    ------
    NotFoundError
        If there is no such snapshot for the caller.
    SnapshotFailedError
        If it is not ready.
    """
    found = snapshot_of(site, dataset, name)
    preview, problem = _preview(site, record_of(site, found))
    return page(
        site,
        "rows.html.j2",
        title=f"First rows of {dataset}@{name}",
        crumbs=[
            (dataset, Addresses(site).dataset(dataset)),
            (name, Addresses(site).snapshot(dataset, name)),
            ("rows", None),
        ],
        snapshot=found.summary,
        preview=preview,
        problem=problem,
    )


def _preview(site: Site, record: SnapshotRecord | None) -> tuple[Preview | None, str]:
    """The rows; or ``None``, and why there are none."""
    if record is None:
        return (
            None,
            "The snapshot's record is not there any more, and only it says where the data is.",
        )
    read = partial(first_rows, site.workspace, record, rows=_ROWS, columns=_COLUMNS)
    try:
        return within(_PATIENCE, read), ""
    except TimeoutError as error:
        return None, str(error)
    except MlsnapError as error:
        failure = failure_of(error)
        return None, f"{failure.fact} {failure.hint}"
    except profiles.UNSOUND:
        return None, "What the snapshot's record says of its copy cannot be read."
