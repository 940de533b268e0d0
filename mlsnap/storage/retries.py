"""Transfers that failed for a passing reason are tried again."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each further try, on average; each is up to half longer or shorter."""

_PATIENCE = 15.0
"""Seconds after which nothing is tried again: the library below has tried often enough itself."""

_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING_ERRNO = frozenset(
    getattr(errno, name)
    for name in (
        "EAGAIN",
        "EBUSY",
        "ECONNABORTED",
        "ECONNREFUSED",
        "ECONNRESET",
        "EHOSTUNREACH",
        "EINTR",
        "ENETDOWN",
        "ENETRESET",
        "ENETUNREACH",
        "EPIPE",
        "EREMOTEIO",
        "ESTALE",
        "ETIMEDOUT",
    )
    if hasattr(errno, name)
)
_PASSING_NAMES = frozenset(
    {
        "ClientConnectionError",  # aiohttp
        "ClientPayloadError",
        "ConnectionError",  # botocore
        "ConnectionLost",  # asyncssh
        "HTTPClientError",
        "IncompleteRead",
        "ResponseParserError",
        "ResponseStreamingError",
        "SFTPConnectionLost",
        "SFTPNoConnection",
        "ServiceRequestError",  # azure
        "ServiceResponseError",
        "TransportError",  # google, httpx
    }
)
_LASTING_NAMES = frozenset({"ClientSSLError", "SSLError"})
_LASTING = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError)


def again(action: Callable[[], T]) -> T:
    """The result of ``action``, tried again after passing failures, up to five times in all."""
    tries = Tries()
    while True:
        try:
            return action()
        except Exception as error:
            tries.wait_or_raise(error)


class Tries:
    """How often something failed, and how long to wait before it is tried again."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._pauses = iter(PAUSES)

    def wait_or_raise(self, error: Exception) -> None:
        """Wait a while; raise ``error`` if it will not pass, or was given its chances."""
        pause = next(self._pauses, None)
        tired = time.monotonic() - self._begun > _PATIENCE
        if pause is None or tired or not is_passing(error):
            raise error
        time.sleep(pause * random.uniform(0.5, 1.5))


def is_passing(error: BaseException | None) -> bool:
    """Whether a failure may be gone in a moment: a cut connection, a busy server, a time-out.

    Missing files, refused access and full disks are not; neither is what no one knows.
    """
    if error is None or isinstance(error, _LASTING):
        return False
    names = {each.__name__ for each in type(error).__mro__}
    if names & _LASTING_NAMES:
        return False
    known = isinstance(error, ConnectionError | TimeoutError) or bool(names & _PASSING_NAMES)
    told = _status(error) in _PASSING_STATUS or getattr(error, "errno", None) in _PASSING_ERRNO
    return known or told or is_passing(error.__cause__)


def _status(error: BaseException) -> int | None:
    """The HTTP status in an error, wherever its library keeps it."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore
        found = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        found = next(
            (
                value
                for name in ("status", "status_code", "code")
                if isinstance(value := getattr(error, name, None), int)
            ),
            None,
        )
    return found if isinstance(found, int) else None
