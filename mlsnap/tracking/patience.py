"""How long mlsnap bears with a server that does not answer, while a training waits.

MLflow's own client tries for about four minutes, call by call.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import mlflow
from mlflow.exceptions import MlflowException
from requests.exceptions import ChunkedEncodingError, RequestException

from mlsnap.errors import TrackingError
from mlsnap.tracking import clock
from mlsnap.tracking.addresses import is_server, safe_uri
from mlsnap.tracking.variables import change, is_users, variables

_RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
_ONE_TRY = {_RETRIES: "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}
_SOME_TRIES = {
    _RETRIES: "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",  # after 0, 2 and 4 seconds
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
_HEALTH = 2.0
"""Seconds within which a server answers, or counts as absent."""

_RESTART = 6.0
"""Seconds for which a server that was there when the training began may be absent at its end."""

_LATELY = 5.0
"""Seconds for which a server that answered is not asked whether it is there."""

_answered: dict[str, float] = {}
_block: ContextVar[dict[str, str] | None] = ContextVar("mlsnap_patience", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """What fails for a moment is tried again for a few seconds; after one such failure, no more.

    Variables of MLflow's that the user has set count instead.
    """
    own = {name: value for name, value in _SOME_TRIES.items() if not is_users(name)}
    with variables(own) as block:
        token = _block.set(block)
        try:
            yield
        finally:
            _block.reset(token)


@contextmanager
def at_the_end() -> Iterator[None]:
    """The same after a training: a server that is being restarted is waited for."""
    uri = str(mlflow.get_tracking_uri())
    with bounded():
        if is_server(uri) and not answered_lately(uri):
            _await(uri)
        yield


def again(call: Callable[[], object], otherwise: Callable[[], object] | None = None) -> None:
    """Call once more what may be repeated, if its answer breaks off: MLflow does not by itself.

    ``otherwise`` is what to call then instead.
    """
    try:
        call()
    except MlflowException as error:
        if not isinstance(error.__context__, ChunkedEncodingError):
            raise
        (otherwise or call)()


def spent(error: BaseException) -> None:
    """Take note that a call of MLflow's failed; if no answer came, the others get one try each."""
    causes = (error.__cause__, error.__context__)
    block = _block.get()
    if block is not None and any(isinstance(each, RequestException) for each in causes):
        change(block, _ONE_TRY)
        _answered.clear()


def answered_lately(uri: str) -> bool:
    """Whether the server gave a sign of life a moment ago."""
    return time.monotonic() - _answered.get(uri, -_LATELY) < _LATELY


def check_health(uri: str) -> None:
    """Raise `TrackingError` unless the server answers within two seconds."""
    try:
        begun = time.time()
        with urllib.request.urlopen(uri.rstrip("/") + "/health", timeout=_HEALTH) as answer:
            clock.compare(answer.headers.get("Date"), begun, time.time())
    except urllib.error.HTTPError:
        pass  # something answers; what it allows shows in the calls
    except (OSError, ValueError) as error:
        raise TrackingError(
            f"no MLflow server answers at {safe_uri(uri)}: {getattr(error, 'reason', error)}",
            "start it (`mlflow server`), or set MLFLOW_TRACKING_URI to where it is",
        ) from error
    _answered[uri] = time.monotonic()


def _await(uri: str) -> None:
    end = time.monotonic() + (0.0 if is_users(_RETRIES) else _RESTART)
    while True:
        with suppress(TrackingError):
            check_health(uri)
            return
        if time.monotonic() > end:
            break
        time.sleep(0.2)
    change(_block.get() or {}, _ONE_TRY)
