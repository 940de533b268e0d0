"""Where things go when nothing is set, and when the project sets it."""

from __future__ import annotations

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import ConfigError

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def nothing_set(project: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with MLflow's own database in it, and no variable of either."""
    for name in ("MLFLOW_TRACKING_URI", "MLSNAP_DATA_DIRECTORY"):
        monkeypatch.delenv(name)
    shutil.copy(empty_database, project / "mlflow.db")
    return project


def test_mlflow_is_where_mlflow_itself_would_be(nothing_set: Path) -> None:
    mlsnap.register_dataset("wine")

    client = mlflow.MlflowClient(f"sqlite:///{nothing_set}/mlflow.db")
    assert client.get_experiment_by_name("mlsnap/wine") is not None


def test_copies_go_to_the_users_data_directory_by_an_absolute_address(
    nothing_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / "user" / name))

    snapshot = mlsnap.register_dataset("wine").create_snapshot(
        data=FRAME, create_data_snapshot=True
    )

    assert snapshot.record.data is not None
    assert snapshot.record.data.remote == {
        "url": str(tmp_path / "user" / "mlsnap" / "remote" / "mlsnap")
    }
    assert snapshot.record.data.remote_name is None
    assert snapshot.to_pandas_dataframe().equals(FRAME)


def test_a_relative_data_directory_is_recorded_as_an_absolute_one(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSNAP_DATA_DIRECTORY", "store")

    snapshot = mlsnap.register_dataset("wine").create_snapshot(
        data=FRAME, create_data_snapshot=True
    )

    assert snapshot.record.data is not None
    assert snapshot.record.data.remote["url"] == str(project / "store" / "remote" / "mlsnap")
    monkeypatch.chdir("/")
    assert mlsnap.load("wine@latest").equals(FRAME)


def test_a_projects_settings_hold_in_its_subfolders(
    nothing_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.move(nothing_set / "mlflow.db", tmp_path / "ours.db")
    (nothing_set / "pyproject.toml").write_text(
        f'[tool.mlsnap]\ntracking_uri = "sqlite:///{tmp_path}/ours.db"\n'
        f'remote = "{tmp_path}/copies"\n'
    )
    (nothing_set / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(nothing_set / "deep" / "down")

    snapshot = mlsnap.register_dataset("wine").create_snapshot(
        data=FRAME, create_data_snapshot=True
    )

    assert snapshot.record.data is not None
    assert snapshot.record.data.remote["url"] == str(tmp_path / "copies" / "mlsnap")
    with mlflow.start_run() as run:
        mlsnap.load("wine@latest")
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/ours.db")
    assert client.get_run(run.info.run_id).data.tags["mlsnap.snapshot.training"] == "wine@v1"


def test_a_setting_that_does_not_exist_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".mlsnap").mkdir()
    (project / ".mlsnap" / "config.toml").write_text('remotes = "x"\n')

    with pytest.raises(ConfigError, match=r"no setting 'remotes' .*; near names: 'remote'"):
        mlsnap.register_dataset("wine")
