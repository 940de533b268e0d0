"""The store of the MLflow server that these pages are part of, read without asking itself."""

from __future__ import annotations

import os
import posixpath
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import mlflow.server
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact import artifact_repository_registry as registry
from mlflow.store.artifact.artifact_repo import ArtifactRepository

from mlsnap import settings
from mlsnap.errors import TrackingError
from mlsnap.settings import Settings
from mlsnap.tracking.addresses import is_server
from mlsnap.tracking.server import connect

PROJECT = "MLSNAP_PROJECT"
"""The variable that tells a server of its project, as `mlsnap ui` does."""

_PROXIED = "mlflow-artifacts"


@cache
def client() -> MlflowClient:
    """A client of the server's own store.

    Raises
    ------
    TrackingError
        If the store cannot be opened.
    """
    uri = os.environ.get(mlflow.server.BACKEND_STORE_URI_ENV_VAR)
    if not uri:
        raise TrackingError(
            "this process is no MLflow server", "start it with `mlflow server --app-name mlsnap`"
        )
    _resolve_proxied_artifacts()
    connect(uri)
    models = os.environ.get(mlflow.server.REGISTRY_STORE_URI_ENV_VAR) or uri
    return MlflowClient(uri, registry_uri=models)


@cache
def own_settings() -> Settings:
    """What the server's ``MLSNAP_*`` variables say, and the settings of its project."""
    return settings.load(own_project()).settings


def own_project() -> Path:
    """The project whose settings and DVC config the server goes by, if it was told of one.

    No file in its working directory counts: it is nobody's, or anybody's.
    """
    return Path(os.environ.get(PROJECT, Path.cwd().anchor))


def _resolve_proxied_artifacts() -> None:
    """From now on, a client of the store finds ``mlflow-artifacts:`` where the server keeps them.

    Clients of a server still ask that server.
    """
    repositories = registry.get_registered_artifact_repositories()
    known = repositories[_PROXIED]

    def repository(
        artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> ArtifactRepository:
        if tracking_uri is None or is_server(tracking_uri):
            return known(artifact_uri, tracking_uri=tracking_uri, registry_uri=registry_uri)
        return registry.get_artifact_repository(_destination(artifact_uri), tracking_uri)

    repositories[_PROXIED] = repository


def _destination(artifact_uri: str) -> str:
    """Where the server keeps what clients know as ``mlflow-artifacts:/…``."""
    kept = os.environ.get(mlflow.server.ARTIFACTS_DESTINATION_ENV_VAR)
    path = urlsplit(artifact_uri).path.lstrip("/")
    if not kept or ".." in path.split("/"):
        raise MlflowException(f"the artifacts at {artifact_uri} are none of this server")
    return posixpath.join(kept, path)
