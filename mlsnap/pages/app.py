"""What ``mlflow server --app-name`` starts: MLflow's own application, with the pages added."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, request
from mlflow.server import app as mlflow_app
from mlflow.server.handlers import STATIC_PREFIX_ENV_VAR

from mlsnap.pages import own_store
from mlsnap.pages.blueprint import Host, blueprint
from mlsnap.pages.link import lead_from_index
from mlsnap.pages.permissions import AsMlflowAnswers, Everything, Permissions

_log = logging.getLogger("mlsnap.pages")


def create_app() -> Any:
    """MLflow with the pages, for ``--app-name mlsnap``.

    Where MLflow's authentication is configured (``MLFLOW_AUTH_CONFIG_PATH``), it is on: nobody
    loses it by the name of the application.
    """
    if os.environ.get("MLFLOW_AUTH_CONFIG_PATH"):
        return create_auth_app()
    add_pages(mlflow_app)
    if os.environ.get("_MLFLOW_SGI_NAME", "uvicorn") != "uvicorn":
        return mlflow_app
    from mlflow.server.fastapi_app import create_fastapi_app

    return create_fastapi_app(mlflow_app)


def create_auth_app() -> Any:
    """MLflow with its authentication and the pages, for ``--app-name mlsnap-basic-auth``."""
    from mlflow.server.auth import create_app as with_authentication  # needs mlflow[auth]

    served = with_authentication(mlflow_app)
    add_guarded_pages(mlflow_app)
    return served


def add_pages(app: Flask) -> None:
    """Add the pages to MLflow's application, for whoever reaches it."""
    _add(app, Everything, app.register_blueprint)


def add_guarded_pages(app: Flask) -> None:
    """Put the pages before MLflow's application, for those that it knows, as far as they may read.

    The pages are an application of their own, as MLflow's refuses everybody but administrators
    what it has no rule for.
    """

    def permissions() -> Permissions:
        return AsMlflowAnswers(app, static_prefix(), request.environ)

    def put_before(pages: Blueprint) -> None:
        own = Flask("mlsnap", static_folder=None)
        own.register_blueprint(pages)
        mlflow, address = app.wsgi_app, str(pages.url_prefix)

        def dispatched(environ: dict[str, Any], start_response: Any) -> Any:
            path = f"{environ['PATH_INFO']}/"
            return (own if path.startswith(f"{address}/") else mlflow)(environ, start_response)

        app.wsgi_app = dispatched  # type: ignore[method-assign]

    _add(app, permissions, put_before)


def static_prefix() -> str:
    """Under which path the server is, without a slash at its end."""
    return os.environ.get(STATIC_PREFIX_ENV_VAR, "").rstrip("/")


def _add(
    app: Flask, permissions: Callable[[], Permissions], put: Callable[[Blueprint], None]
) -> None:
    """Add the pages, and the way to them; should that fail, MLflow goes on without them."""
    prefix = static_prefix()
    host = Host(
        client=own_store.client,
        permissions=permissions,
        settings=own_store.own_settings,
        project=own_store.own_project(),
        address=f"{prefix}/mlsnap",
        mlflow=prefix,
    )
    try:
        put(blueprint(host))
        lead_from_index(app, f"{host.address}/link.js")
    except Exception:
        _log.exception("mlsnap's pages could not be added; MLflow goes on without them")
