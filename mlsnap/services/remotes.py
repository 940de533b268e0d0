"""The DVC remotes that copies lie on, and whose they are there."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from mlsnap.services.workspace import Workspace
from mlsnap.settings import Settings
from mlsnap.storage import Owner, Remote, open_remote


def remote_of(workspace: Workspace, target: str | None = None) -> Remote:
    """The DVC remote of that name, URL or folder; by default the one the settings say."""
    return configured_remote(workspace.settings, workspace.project, target)


def configured_remote(settings: Settings, project: Path, target: str | None = None) -> Remote:
    """The remote that ``target`` or else the settings say; needs no MLflow."""
    home = settings.data_directory or platformdirs.user_data_dir("mlsnap")
    embedded = Path(home).expanduser().absolute() / "remote"
    return open_remote(target or settings.remote, project=project, embedded=embedded)


def owner_of(workspace: Workspace, run_id: str, reference: str) -> Owner:
    """Whose copy that of the snapshot ``reference``, made by the run ``run_id``, is in a remote."""
    return Owner(workspace.catalog.store_id(), run_id, reference)
