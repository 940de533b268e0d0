"""The working folder of a test, with a data directory and settings of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


def settle(monkeypatch: pytest.MonkeyPatch, at: Path, tracking_uri: str) -> Path:
    """A working folder below ``at`` with its own embedded remote; this process stands in it."""
    folder = at / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")  # and again in the end: MLflow sets it
    monkeypatch.setattr("mlflow.tracking.fluent._active_experiment_id", None)
    monkeypatch.setenv("MLSNAP_DATA_DIRECTORY", str(at / "store"))
    monkeypatch.setenv("MLSNAP_CACHE_DIRECTORY", str(at / "cache"))
    monkeypatch.setenv("MLSNAP_REMEMBER_FILES", "true")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(at / "dvc-site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(at / "dvc-global"))
    monkeypatch.setenv("DVC_SYSTEM_CONFIG_DIR", str(at / "dvc-system"))
    return folder
