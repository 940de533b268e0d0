"""The connection to MLflow, and its errors in our words."""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import urlsplit

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from mlsnap.errors import TrackingError

_PATIENCE = 2.0
"""Seconds within which a server answers, or counts as absent."""


def tracking_uri(setting: str | None) -> str:
    """Where MLflow is: what MLflow itself is set to, else ``setting``, else MLflow's default.

    A ``setting`` that counts is also made MLflow's own, so that the user's calls go there.
    """
    if setting and not mlflow.is_tracking_uri_set():
        mlflow.set_tracking_uri(setting)
    return str(mlflow.get_tracking_uri())


def connect(uri: str) -> MlflowClient:
    """A client of the tracking server or store at ``uri``.

    Raises
    ------
    TrackingError
        If no server answers there within two seconds, or the store cannot be opened.
    """
    if uri.startswith(("http://", "https://")):
        _check_health(uri)
    with translated(f"open the tracking store {safe_uri(uri)}"):
        return _client(uri)


@lru_cache(maxsize=8)
def _client(uri: str) -> MlflowClient:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    client = MlflowClient(uri)
    client.get_experiment("0")
    return client


def _check_health(uri: str) -> None:
    try:
        urllib.request.urlopen(uri.rstrip("/") + "/health", timeout=_PATIENCE).close()
    except urllib.error.HTTPError:
        return  # something answers; what it allows shows in the calls
    except (OSError, ValueError) as error:
        raise TrackingError(
            f"no MLflow server answers at {safe_uri(uri)}: {getattr(error, 'reason', error)}",
            "start it (`mlflow server`), or set MLFLOW_TRACKING_URI to where it is",
        ) from error


def safe_uri(uri: str) -> str:
    """``uri`` without user name and password, for messages."""
    parts = urlsplit(uri)
    if not parts.hostname or "@" not in parts.netloc:
        return uri
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn MLflow's errors into a `TrackingError` that says ``what`` could not be done."""
    try:
        yield
    except MlflowException as error:
        raise TrackingError(
            f"MLflow could not {what}: {error.message}",
            "see the message; `mlsnap doctor` checks the connection",
        ) from error
    except OSError as error:
        if isinstance(error, TrackingError):
            raise
        raise TrackingError(
            f"MLflow could not {what}: {error}", "`mlsnap doctor` checks the connection"
        ) from error
