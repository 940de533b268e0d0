"""What a page says when it cannot be shown."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from http import HTTPStatus

from werkzeug.exceptions import HTTPException

from mlsnap.errors import (
    ConfigError,
    DataIntegrityError,
    InvalidNameError,
    MlsnapError,
    NoDataCopyError,
    NotFoundError,
    RemoteError,
    SnapshotFailedError,
    SourceError,
    TrackingError,
)

_log = logging.getLogger("mlsnap.pages")

_STATUSES: dict[type[MlsnapError], HTTPStatus] = {
    InvalidNameError: HTTPStatus.BAD_REQUEST,
    SourceError: HTTPStatus.BAD_REQUEST,
    ConfigError: HTTPStatus.BAD_REQUEST,
    NotFoundError: HTTPStatus.NOT_FOUND,
    NoDataCopyError: HTTPStatus.NOT_FOUND,
    SnapshotFailedError: HTTPStatus.NOT_FOUND,
    DataIntegrityError: HTTPStatus.BAD_GATEWAY,
    RemoteError: HTTPStatus.BAD_GATEWAY,
    TrackingError: HTTPStatus.SERVICE_UNAVAILABLE,
}

_KEPT_BACK = {
    HTTPStatus.BAD_GATEWAY: "The data of this page cannot be had from where it is kept.",
    HTTPStatus.SERVICE_UNAVAILABLE: "MLflow's store does not answer as it should.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "This page cannot be shown, for a fault of its own.",
}
"""What is said where the error itself, which the log has, may tell too much of the server."""

_PATH = re.compile(r"(?<![\w:.~/])(?:\w+://)?(?:/[^\s'\"/,;]+){2,}/?|[A-Za-z]:\\[^\s'\",;]*")
_MOST = 400


class NotAllowedError(Exception):
    """The caller may not read what every page needs."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no page: a status, a sentence, and what to do."""

    status: HTTPStatus
    fact: str
    hint: str


def failure_of(error: Exception) -> Failure:
    """What the caller is told of ``error``; what they are not told is logged."""
    match error:
        case NotAllowedError():
            return Failure(HTTPStatus.FORBIDDEN, str(error), "Ask an administrator of this MLflow.")
        case HTTPException(code=int(code), description=described):
            return Failure(HTTPStatus(code), described or "", "")
        case MlsnapError():
            return _of_ours(error)
    _log.error("a page could not be shown", exc_info=error)
    return _kept_back(HTTPStatus.INTERNAL_SERVER_ERROR)


def _of_ours(error: MlsnapError) -> Failure:
    status = _status_of(error)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Failure(status, _told(error.fact), _told(error.hint))
    _log.warning("a page could not be shown: %s", error)
    return _kept_back(status)


def _kept_back(status: HTTPStatus) -> Failure:
    return Failure(status, _KEPT_BACK[status], "The log of the server says why.")


def _status_of(error: MlsnapError) -> HTTPStatus:
    found = (status for kind, status in _STATUSES.items() if isinstance(error, kind))
    return next(found, HTTPStatus.INTERNAL_SERVER_ERROR)


def _told(text: str) -> str:
    """``text`` without paths of the server, and of a length that can be read."""
    text = _PATH.sub("…", text[: 4 * _MOST])
    return text if len(text) <= _MOST else text[:_MOST] + "…"
