"""The way to MLflow: where it is, and what is said when it is not there."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException

import mlsnap
from mlsnap.errors import NameTakenError, TrackingError
from mlsnap.tracking.addresses import safe_uri
from mlsnap.tracking.server import connect, tracking_uri, translated


def test_no_server_is_said_with_its_address_and_the_next_step() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"

    with pytest.raises(TrackingError) as no:
        connect(address)

    assert no.value.fact.startswith(f"no MLflow server answers at {address}: ")
    assert no.value.hint == "start it (`mlflow server`), or set MLFLOW_TRACKING_URI to where it is"
    assert isinstance(no.value, ConnectionError)


def test_an_address_that_is_none_is_said() -> None:
    with pytest.raises(TrackingError, match=r"no MLflow server answers at http://\[nowhere: "):
        connect("http://me:secret@[nowhere")


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database")

    with pytest.raises(
        TrackingError, match=r"open the tracking store sqlite:.*notes\.txt: .*not a"
    ):
        connect(f"sqlite:///{tmp_path}/notes.txt")


def test_passwords_in_addresses_are_not_shown() -> None:
    assert safe_uri("https://me:secret@host:1/x") == "https://host:1/x"
    assert safe_uri("postgresql+psycopg2://me:se@cret@host/db") == "postgresql+psycopg2://host/db"
    assert safe_uri("sqlite:///mlflow.db") == "sqlite:///mlflow.db"


def test_a_setting_counts_where_mlflow_is_set_to_nothing(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = f"sqlite:///{tmp_path}/mlflow.db"
    assert tracking_uri("sqlite:////elsewhere.db") == setting
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    try:
        assert tracking_uri(setting) == setting
        assert mlflow.get_tracking_uri() == setting
    finally:
        mlflow.set_tracking_uri(None)


def test_a_relative_database_is_that_of_the_working_folder(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        shutil.copy(empty_database, tmp_path / name / "mlflow.db")
        monkeypatch.chdir(tmp_path / name)
        mlsnap.register_dataset(name)

    assert [each.name for each in mlsnap.search_datasets()] == ["there"]
    monkeypatch.chdir(tmp_path / "here")
    assert [each.name for each in mlsnap.search_datasets()] == ["here"]


def test_mlflows_errors_are_told_in_our_words() -> None:
    full, gone = r"could not do it: no space\nHint: see the message", "could not do it: gone"
    with pytest.raises(TrackingError, match=full), translated("do it"):
        raise MlflowException("no space")
    with pytest.raises(TrackingError, match=gone), translated("do it"):
        raise ConnectionResetError("gone")


def test_our_own_errors_go_through_as_they_are() -> None:
    with pytest.raises(NameTakenError, match="taken"), translated("do it"):
        raise NameTakenError("taken", "choose another")
