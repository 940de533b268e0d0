"""What a caller may read, as MLflow's authentication says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import Context
from functools import cached_property
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import Flask, Response
from werkzeug.test import Client

from mlsnap.errors import TrackingError

_MOST = 1000
"""Experiments or models that are asked for at once."""

_REFUSALS = (401, 403)


class Permissions(Protocol):
    """What a caller may read."""

    def may_read(self, experiment_id: str) -> bool:
        """Whether they may read the experiment of that id."""

    def may_read_model(self, name: str) -> bool:
        """Whether they may read the registered model of that name."""


class Everything:
    """The caller may read everything."""

    def may_read(self, experiment_id: str) -> bool:
        """Whether they may read the experiment of that id."""
        return True

    def may_read_model(self, name: str) -> bool:
        """Whether they may read the registered model of that name."""
        return True


class RefusedError(Exception):
    """MLflow lets the caller read nothing; ``answer`` is what it said."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


class AsMlflowAnswers:
    """The caller may read what MLflow's own API lists for them.

    It is asked in this process, with everything that the caller's request came with: for the
    experiments at once, for the models when it matters.

    Parameters
    ----------
    app
        MLflow's own application, with its authentication.
    prefix
        Under which it is: ``""``, ``"/px"``.
    environ
        The caller's request.

    Raises
    ------
    RefusedError
        If they are nobody that MLflow knows.
    TrackingError
        If MLflow fails.
    """

    def __init__(self, app: Flask, prefix: str, environ: dict[str, Any]) -> None:
        self._app = app
        self._prefix = prefix
        self._environ = environ
        found = self._listed("experiments", view_type="ALL")
        self._experiments = frozenset(str(each["experiment_id"]) for each in found)

    def may_read(self, experiment_id: str) -> bool:
        """Whether they may read the experiment of that id."""
        return str(experiment_id) in self._experiments

    def may_read_model(self, name: str) -> bool:
        """Whether they may read the registered model of that name."""
        return name in self._models

    @cached_property
    def _models(self) -> frozenset[str]:
        return frozenset(each["name"] for each in self._listed("registered_models"))

    def _listed(self, noun: str, **query: str) -> Iterator[dict[str, Any]]:
        path = f"{self._prefix}/api/2.0/mlflow/{noun.replace('_', '-')}/search"
        token = ""
        while True:
            page = self._asked(path, {**query, "max_results": str(_MOST), "page_token": token})
            yield from page.get(noun, [])
            token = page.get("next_page_token", "")
            if not token:
                return

    def _asked(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        environ = {
            **{key: self._environ[key] for key in self._environ if key.startswith(_KEPT)},
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": urlencode({key: value for key, value in query.items() if value}),
            "CONTENT_LENGTH": "0",
            "wsgi.input": BytesIO(),
        }
        answer = Context().run(Client(self._app).open, environ)  # this request stays as it is
        if answer.status_code in _REFUSALS:
            raise RefusedError(_told(answer))
        if answer.status_code != 200:
            raise TrackingError(
                f"MLflow answers {answer.status_code} to {path}", "see the log of the server"
            )
        return dict(json.loads(answer.get_data()))


_KEPT = ("HTTP_", "SERVER_", "REMOTE_", "wsgi.")
"""How those parts of a request begin that say who asks, and where."""


def _told(answer: Any) -> Response:
    """What MLflow answered, for the caller."""
    kept = ("Content-Type", "WWW-Authenticate")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    return Response(answer.get_data(), answer.status_code, headers)
