"""The settings in force and the MLflow they lead to."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path

from mlsnap import settings
from mlsnap.settings import Settings
from mlsnap.tracking.catalog import Catalog
from mlsnap.tracking.creations import Creations
from mlsnap.tracking.server import connect, tracking_uri
from mlsnap.tracking.snapshots import SnapshotRuns


@dataclass(frozen=True)
class Workspace:
    """One project's settings with one MLflow."""

    settings: Settings
    project: Path
    uri: str
    catalog: Catalog
    snapshots: SnapshotRuns

    @property
    def creations(self) -> Creations:
        """Its snapshots in the making."""
        return Creations(self.snapshots)


def open_workspace(start: Path | None = None) -> Workspace:
    """The workspace of the project that ``start`` (the working directory) lies in.

    Raises
    ------
    ConfigError
        If a setting cannot be used.
    TrackingError
        If MLflow does not answer.
    """
    loaded = settings.load(start or Path.cwd())
    uri = tracking_uri(loaded.settings.tracking_uri)
    client = connect(uri)
    return Workspace(loaded.settings, loaded.project, uri, Catalog(client), SnapshotRuns(client))


def user_name() -> str:
    """Who runs this process, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
