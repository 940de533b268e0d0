"""The pages of a real server, out of the wheel: under uvicorn, gunicorn and a static prefix."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import requests
from installed_wheel import Serving

import mlsnap


@pytest.fixture(scope="module")
def under_gunicorn(serving: Serving) -> Iterator[str]:
    if importlib.util.find_spec("gunicorn") is None:
        pytest.skip("gunicorn is not installed")
    variables = {"MLFLOW_GUNICORN_OPTS": "--threads 2", "MLFLOW_STATIC_PREFIX": "/px"}
    with serving("mlflow", "server", "--app-name", "mlsnap", **variables) as address:
        yield address


@pytest.fixture(params=["uvicorn", "gunicorn"])
def address(request: pytest.FixtureRequest) -> str:
    """The address of a server."""
    name = {"uvicorn": "ui_server", "gunicorn": "under_gunicorn"}[request.param]
    found: str = request.getfixturevalue(name)
    return found


@pytest.fixture
def run_id(address: str, project: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that used a snapshot of ``guests``, which has a data copy."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("MLSNAP_DATA_DIRECTORY", str(store))
    guests = mlsnap.register_dataset("guests", exist_ok=True)
    data = pd.DataFrame({"age": [30, 40], "town": ["Ulm", None]})
    with mlflow.start_run() as run:
        guests.create_snapshot("first", data=data, create_data_snapshot=True)
    return str(run.info.run_id)


def test_all_pages_are_served(address: str, run_id: str) -> None:
    paths = ["", "datasets/guests", "datasets/guests/first", "datasets/guests/first/rows"]
    paths += [f"runs/{run_id}", "compare?reference=guests@first&current=guests@latest"]
    for path in paths:
        answer = requests.get(f"{address}/mlsnap/{path}", timeout=30)
        assert answer.status_code == 200, path
        assert "guests" in answer.text, path
    assert "Ulm" in requests.get(f"{address}/mlsnap/datasets/guests/first/rows", timeout=30).text


def test_mlflow_leads_to_the_pages_and_stays_as_it_is_elsewhere(address: str) -> None:
    index = requests.get(f"{address}/", timeout=30)
    (script,) = [part for part in index.text.split('"') if part.endswith("/link.js")]
    host = address.removesuffix("/px")
    answer = requests.get(host + script, timeout=30)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "Data of this run" in answer.text
    api = requests.get(f"{address}/api/2.0/mlflow/experiments/get?experiment_id=0", timeout=30)
    assert api.json()["experiment"]["name"] == "Default"


def test_pages_of_a_server_are_only_read(address: str) -> None:
    assert requests.post(f"{address}/mlsnap/", timeout=30).status_code == 405


def test_a_foreign_host_is_refused(address: str) -> None:
    answer = requests.get(f"{address}/mlsnap/", headers={"Host": "evil.example.org"}, timeout=30)
    assert answer.status_code == 403
