"""The connection to MLflow, and its errors in our words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from mlsnap.errors import MlsnapError, TrackingError
from mlsnap.tracking import patience
from mlsnap.tracking.addresses import is_server, safe_uri
from mlsnap.tracking.variables import variables


def tracking_uri(setting: str | None) -> str:
    """Where MLflow is: what MLflow itself is set to, else ``setting``, else MLflow's default.

    A ``setting`` that counts is also made MLflow's own, so that the user's calls go there.
    """
    if setting and not mlflow.is_tracking_uri_set():
        mlflow.set_tracking_uri(setting)
    return _absolute(str(mlflow.get_tracking_uri()))


def use_tracking_uri(uri: str) -> None:
    """Make ``uri`` MLflow's own, whatever it was set to."""
    mlflow.set_tracking_uri(uri)


def connect(uri: str) -> MlflowClient:
    """A client of the tracking server or store at ``uri``.

    Raises
    ------
    TrackingError
        If no server answers there within two seconds, or the store cannot be opened.
    """
    if is_server(uri) and not patience.answered_lately(uri):
        patience.check_health(uri)
    with translated(f"open the tracking store {safe_uri(uri)}"):
        try:
            return _client(uri)
        except (MlflowException, OSError):
            raise
        except Exception as error:  # of whatever library is behind that kind of store
            raise OSError(" ".join(str(error).split())) from error


@lru_cache(maxsize=8)
def _client(uri: str) -> MlflowClient:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    client = MlflowClient(uri)
    if not is_server(uri):
        client.get_experiment("0")
    return client


def _absolute(uri: str) -> str:
    """``uri``, one of a database file so that it means the same from every folder."""
    scheme, slashes, file = uri.partition(":///")
    if not slashes or not scheme.startswith("sqlite") or file in ("", ":memory:"):
        return uri
    return f"{scheme}:///{Path(file).absolute()}"


@contextmanager
def silent() -> Iterator[None]:
    """MLflow does not print where to look at a run that it ends."""
    with variables({"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}):
        yield


def is_missing(error: MlflowException) -> bool:
    """Whether MLflow says that there is no such thing, or could be none of that id."""
    return error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn MLflow's errors into a `TrackingError` that says ``what`` could not be done."""
    try:
        yield
    except MlflowException as error:
        patience.spent(error)
        raise TrackingError(
            f"MLflow could not {what}: {error.message}",
            "see the message; `mlsnap doctor` checks the connection",
        ) from error
    except OSError as error:
        if isinstance(error, MlsnapError):
            raise
        patience.spent(error)
        raise TrackingError(
            f"MLflow could not {what}: {error}", "`mlsnap doctor` checks the connection"
        ) from error
