"""The settings in force and the MLflow they lead to."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from mlsnap import settings
from mlsnap.services import late
from mlsnap.settings import Settings
from mlsnap.tracking.catalog import Catalog
from mlsnap.tracking.server import connect, tracking_uri
from mlsnap.tracking.snapshots import SnapshotRuns

if TYPE_CHECKING:
    from mlsnap import storage


@dataclass(frozen=True)
class Workspace:
    """One project's settings with one MLflow."""

    settings: Settings
    project: Path
    uri: str
    catalog: Catalog
    snapshots: SnapshotRuns

    def remote(self, target: str | None = None) -> storage.Remote:
        """The DVC remote of that name, URL or folder; by default the one the settings say."""
        return configured_remote(self.settings, self.project, target)


def configured_remote(
    settings: Settings, project: Path, target: str | None = None
) -> storage.Remote:
    """The remote that ``target`` or else the settings say; needs no MLflow."""
    home = settings.data_directory or platformdirs.user_data_dir("mlsnap")
    embedded = Path(home).expanduser().absolute() / "remote"
    return late.storage.open_remote(target or settings.remote, project=project, embedded=embedded)


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


def owner_of(workspace: Workspace, run_id: str, reference: str) -> storage.Owner:
    """Whose copy that of the snapshot ``reference``, made by the run ``run_id``, is in a remote."""
    return late.storage.Owner(workspace.catalog.store_id(), run_id, reference)


def user_name() -> str:
    """Who runs this process, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
