"""An error of mlsnap never breaks a training: one warning says it, unless strict."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType

import mlflow
import numpy as np
import pandas as pd
import pytest
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import MlsnapWarning, RemoteError, SourceError, TrackingError

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@contextmanager
def one_warning(match: str) -> Iterator[None]:
    """Exactly one warning of mlsnap's, at the line of the caller."""
    with pytest.warns(MlsnapWarning, match=match) as caught:
        yield
    assert [str(Path(each.filename).name) for each in caught] == [Path(__file__).name]


def refused_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_no_server_at_the_address_is_said_quickly(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = refused_port()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    before = time.monotonic()

    with one_warning(f"tracking 'fit': could not record the call: no MLflow server.*{address}"):
        assert trainings.fit(FRAME) == {"mean": 1.0}

    assert time.monotonic() - before < 60  # by itself MLflow tries for minutes


def test_a_silent_server_is_given_two_seconds(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        before = time.monotonic()
        with one_warning("no MLflow server answers"):
            assert trainings.fit(FRAME) == {"mean": 1.0}

    assert time.monotonic() - before < 60  # by itself MLflow tries for minutes


def test_a_database_that_cannot_be_opened_is_said(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    (project / "notes.txt").write_text("no database")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/notes.txt")

    with one_warning("MLflow could not open the tracking store.*file is not a database"):
        assert trainings.fit(FRAME) == {"mean": 1.0}


def test_a_read_only_remote_is_said_and_the_run_is_kept(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    (project / "file").write_text("not a folder")
    monkeypatch.setenv("MLSNAP_REMOTE", str(project / "file"))

    with one_warning("could not snapshot the argument 'df': "):
        trainings.fit_wine(FRAME)

    assert the_run().info.status == "FINISHED"
    assert linked(the_run()) == {}


def test_a_table_that_cannot_be_stored_is_named_and_the_others_are_linked(
    trainings: ModuleType,
) -> None:
    odd = pd.DataFrame({"thing": [object()]})

    with one_warning("could not snapshot the argument 'test': .*'thing'"):
        trainings.fit_two(FRAME, odd)

    assert linked(the_run()) == {"train": "wine@v1"}


def test_an_argument_that_cannot_be_stored_is_named_and_the_run_is_complete(
    trainings: ModuleType,
) -> None:
    said = "argument 'value' is not stored: a value of type socket.socket cannot be stored"
    with socket.socket() as value, one_warning(said):
        assert trainings.anything(value, df=FRAME) is value

    assert linked(the_run()) == {"training": "anything.df@v1"}


def test_a_run_deleted_during_the_body_is_said(trainings: ModuleType) -> None:
    def body() -> dict[str, float]:
        mlflow.delete_run(mlflow.active_run().info.run_id)
        return {"rmse": 0.5}

    with pytest.warns(MlsnapWarning) as caught:
        assert trainings.call(body) == {"rmse": 0.5}

    before, after = (str(each.message) for each in caught)
    assert "argument 'body' is not stored" in before
    assert "could not log the metrics" in after
    assert mlflow.active_run() is None


def test_a_failing_bookkeeping_does_not_hide_the_trainings_own_error(
    trainings: ModuleType,
) -> None:
    mistake = ValueError("the training's own")

    def body() -> None:
        mlflow.delete_run(mlflow.active_run().info.run_id)
        raise mistake

    with pytest.warns(MlsnapWarning), pytest.raises(ValueError, match="own") as caught:
        trainings.call(body)

    assert caught.value is mistake


def test_a_server_that_dies_during_the_body_is_said_quickly(
    trainings: ModuleType, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Door(server) as door:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", door.address)

        def body() -> dict[str, float]:
            door.shut()
            return {"rmse": 0.5}

        before = time.monotonic()
        with pytest.warns(MlsnapWarning) as caught:
            assert trainings.call(body) == {"rmse": 0.5}

    assert time.monotonic() - before < 20
    assert "could not end the run" in str(caught[-1].message)
    assert mlflow.active_run() is None


def test_strict_raises_instead(trainings: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="'thing'"):
        trainings.strict_fit(pd.DataFrame({"thing": [object()]}))

    assert the_run().info.status == "FAILED"
    assert mlflow.active_run() is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", refused_port())
    with pytest.raises(TrackingError, match="no MLflow server answers"):
        trainings.strict_fit(FRAME)


def test_the_setting_strict_does_the_same(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSNAP_STRICT", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", refused_port())

    with pytest.raises(TrackingError, match="no MLflow server answers"):
        trainings.fit(FRAME)


def test_the_setting_strict_reaches_the_remote(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSNAP_STRICT", "true")
    monkeypatch.setenv("MLSNAP_REMOTE", "nowhere")

    with pytest.raises(RemoteError, match="no remote 'nowhere'"):
        trainings.fit_wine(FRAME)


def test_a_setting_that_cannot_be_used_is_said(
    trainings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSNAP_STRICT", "maybe")

    with one_warning("strict = 'maybe'"):
        assert trainings.fit(FRAME) == {"mean": 1.0}


def test_a_locked_database_at_the_end_is_said(
    trainings: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def body() -> dict[str, float]:
        with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
            connection.execute("DROP TABLE metrics")
            connection.commit()
        return {"rmse": 0.5}

    with pytest.warns(MlsnapWarning) as caught:
        assert trainings.call(body) == {"rmse": 0.5}

    assert "could not log the metrics" in str(caught[-1].message)
    assert len(training_runs()) <= 1


class Door:
    """A way to a server that can be shut, as if the server had died."""

    def __init__(self, server: str) -> None:
        host, port = server.removeprefix("http://").split(":")
        self._server = (host, int(port))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Door:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.shut()

    def shut(self) -> None:
        for each in (self._listening, *self._open):
            with closing(each):
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def _accept(self) -> None:
        while True:
            try:
                inside, _ = self._listening.accept()
                outside = socket.create_connection(self._server)
            except OSError:
                return
            self._open += [inside, outside]
            for source, target in ((inside, outside), (outside, inside)):
                threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_an_exception_that_cannot_be_shown_passes_through_and_ends_the_run(project: Path) -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    raised = OddError()

    @mlsnap.track
    def fit() -> None:
        raise raised

    with (
        pytest.warns(MlsnapWarning, match="cannot be reproduced"),
        pytest.raises(OddError) as caught,
    ):
        fit()

    assert caught.value is raised
    assert mlflow.active_run() is None
    assert the_run().info.status == "FAILED"


def test_a_generator_of_the_users_own_making_is_left_as_it_is(project: Path) -> None:
    class Own(np.random.MT19937):
        pass

    @mlsnap.track
    def fit() -> dict[str, float]:
        return {"rows": 1}

    before = np.random.get_bit_generator()
    np.random.set_bit_generator(Own(1))
    try:
        with pytest.warns(MlsnapWarning):
            assert fit() == {"rows": 1}
    finally:
        np.random.set_bit_generator(before)


def test_a_file_that_changes_while_the_body_runs_is_said(project: Path) -> None:
    FRAME.to_csv("x.csv", index=False)

    @mlsnap.track(inputs={"path": "x"})
    def fit(path: str) -> None:
        (FRAME + 1).to_csv(path, index=False)

    with pytest.warns(MlsnapWarning) as caught:
        fit("x.csv")

    assert "may have read other data than recorded" in str(caught[-1].message)
    assert "x.csv changed while it was being read" in str(caught[-1].message)
