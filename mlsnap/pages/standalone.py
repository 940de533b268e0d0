"""The pages alone, at an address of this machine, for an MLflow server that cannot be extended."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, redirect, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from mlsnap.pages.blueprint import Host, blueprint
from mlsnap.pages.permissions import Everything
from mlsnap.services.workspace import Workspace

ADDRESS = "/mlsnap"
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class _Quiet(WSGIRequestHandler):
    """Requests are not worth a line each."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def standalone_server(
    workspace: Workspace, host: str, port: int, *, for_others: bool = False
) -> BaseWSGIServer:
    """A server of the pages at a free ``port``, to be told to ``serve_forever``."""
    app = standalone_app(workspace, for_others=for_others)
    return make_server(host, port, app, threaded=True, request_handler=_Quiet)


def standalone_app(workspace: Workspace, *, for_others: bool = False) -> Flask:
    """The pages of a workspace, which is read as whoever runs this process.

    Unless they are ``for_others``, only requests for a name of this machine are answered, so that
    no page elsewhere can have a browser read these by a name of its own.
    """
    app = Flask("mlsnap", static_folder=None)
    if not for_others:
        app.before_request(_check_name)
    host = Host(
        client=lambda: workspace.catalog.client,
        permissions=Everything,
        settings=lambda: workspace.settings,
        project=workspace.project,
        address=ADDRESS,
        mlflow=workspace.uri.rstrip("/"),
    )
    app.register_blueprint(blueprint(host))
    app.add_url_rule("/", "begin", lambda: redirect(f"{ADDRESS}/"))
    return app


def _check_name() -> None:
    if urlsplit(f"//{request.host}").hostname not in _LOCAL:
        abort(403, "These pages are for this machine only.")
