"""The addresses of the pages, as a Flask blueprint; they are read and never written."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, redirect, request, send_file
from werkzeug.exceptions import NotFound, RequestURITooLarge
from werkzeug.wrappers import Response as AnyResponse

from mlsnap.pages.comparison_page import comparison_page
from mlsnap.pages.dataset_page import dataset_page
from mlsnap.pages.datasets_page import datasets_page
from mlsnap.pages.failure_page import failure_page
from mlsnap.pages.failures import NotAllowedError, failure_of
from mlsnap.pages.permissions import Permissions, RefusedError
from mlsnap.pages.rendering import load_templates
from mlsnap.pages.rows_page import rows_page
from mlsnap.pages.run_page import run_page
from mlsnap.pages.site import Site
from mlsnap.pages.snapshot_page import snapshot_page
from mlsnap.services.workspace import Workspace
from mlsnap.settings import Settings
from mlsnap.tracking import tags
from mlsnap.tracking.catalog import Catalog
from mlsnap.tracking.reading import ReadingClient
from mlsnap.tracking.snapshots import SnapshotRuns
from mlsnap.values.garbage import seldom_collected
from mlsnap.values.names import check_name

if TYPE_CHECKING:
    from mlflow import MlflowClient

LINK = Path(__file__).parent / "static" / "link.js"
"""The script that leads from MLflow's pages to these."""

_LONGEST = 4096
"""Bytes of an address."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where the pages are shown.

    Attributes
    ----------
    client
        Gives a client of the store that is shown.
    permissions
        Gives what the caller of the present request may read.
    settings, project
        As a `Workspace` has them.
    address, mlflow
        As a `Site` has them.
    """

    client: Callable[[], MlflowClient]
    permissions: Callable[[], Permissions]
    settings: Callable[[], Settings]
    project: Path
    address: str
    mlflow: str


def blueprint(host: Host) -> Blueprint:
    """The pages of ``host``."""
    load_templates()
    pages = Blueprint("mlsnap", __name__, url_prefix=host.address)
    for rule, page in _PAGES.items():
        shown = partial(_shown, host, page)
        add = partial(pages.add_url_rule, methods=["GET"], provide_automatic_options=False)
        add(rule, page.__name__.strip("_"), shown)
    add("", "begin", lambda: redirect(f"{host.address}/"))
    add("/link.js", "link", _link)
    pages.before_request(_check_length)
    pages.after_request(_guarded)
    pages.register_error_handler(Exception, partial(_failed, host))
    return pages


def _datasets(site: Site) -> str:
    return datasets_page(site)


def _dataset(site: Site, dataset: str) -> str:
    return dataset_page(site, check_name(dataset, "dataset"), request.args)


def _snapshot(site: Site, dataset: str, name: str) -> str:
    return snapshot_page(site, check_name(dataset, "dataset"), check_name(name, "snapshot"))


def _rows(site: Site, dataset: str, name: str) -> str:
    return rows_page(site, check_name(dataset, "dataset"), check_name(name, "snapshot"))


def _comparison(site: Site) -> str:
    return comparison_page(site, request.args.get("reference", ""), request.args.get("current", ""))


def _run(site: Site, run_id: str) -> str:
    return run_page(site, check_name(run_id, "run"), request.args.get("context"))


def _nothing(site: Site, path: str) -> str:
    raise NotFound("There is no page of this address.")


_PAGES: dict[str, Callable[..., str]] = {
    "/": _datasets,
    "/datasets/<dataset>": _dataset,
    "/datasets/<dataset>/<name>": _snapshot,
    "/datasets/<dataset>/<name>/rows": _rows,
    "/compare": _comparison,
    "/runs/<run_id>": _run,
    "/<path:path>": _nothing,
}


def _shown(host: Host, page: Callable[..., str], **names: str) -> str:
    with seldom_collected():
        return page(_site(host), **names)


def _site(host: Host) -> Site:
    """The pages as the caller sees them."""
    permissions, client = host.permissions(), host.client()
    _check_catalog(client, permissions)
    reading = ReadingClient(
        client, may_read=permissions.may_read, may_read_model=permissions.may_read_model
    )
    workspace = Workspace(
        settings=host.settings(),
        project=host.project,
        uri=reading.tracking_uri,
        catalog=Catalog(reading),
        snapshots=SnapshotRuns(reading),
    )
    return Site(workspace, host.address, host.mlflow, permissions.may_read, _nonce())


def _check_catalog(client: MlflowClient, permissions: Permissions) -> None:
    """Raise `NotAllowedError` for whoever may not see which datasets there are."""
    catalog = client.get_experiment_by_name(tags.CATALOG)
    if catalog is not None and not permissions.may_read(str(catalog.experiment_id)):
        raise NotAllowedError(
            f"The pages need to read the experiment {tags.CATALOG!r}, which you may not."
        )


def _check_length() -> None:
    if len(request.full_path) > _LONGEST:
        raise RequestURITooLarge("There is no page of so long an address.")


def _failed(host: Host, error: Exception) -> AnyResponse:
    if isinstance(error, RefusedError):
        return error.answer
    failure = failure_of(error)
    return Response(failure_page(failure, address=host.address), failure.status)


def _link() -> Response:
    return send_file(LINK, mimetype="text/javascript", max_age=3600)


def _nonce() -> str:
    if "mlsnap_nonce" not in g:
        g.mlsnap_nonce = secrets.token_urlsafe(16)
    return str(g.mlsnap_nonce)


def _guarded(response: AnyResponse) -> AnyResponse:
    """With what browsers need to know to keep a page from harm."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = _POLICY.format(nonce=_nonce())
    return response


_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
