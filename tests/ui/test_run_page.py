"""MLflow's own pages, opened in a browser, show what mlsnap stored."""

from __future__ import annotations

import subprocess
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from browser import CHROMIUM, QUIET, needs_chromium

import mlsnap
from mlsnap.errors import MlsnapWarning

pytestmark = needs_chromium


def dom(address: str, folder: Path) -> str:
    """The page as it stands after its scripts have run."""
    assert CHROMIUM is not None, "this gate needs chromium"
    profile = f"--user-data-dir={folder / 'browser'}"
    command = [CHROMIUM, *QUIET, profile, "--virtual-time-budget=20000", "--dump-dom", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.fixture
def tracked_run(server: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)

    @mlsnap.track(inputs={"people": "ui-people"})
    def train(people: pd.DataFrame) -> dict[str, float]:
        return {"rows": len(people)}

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        train(pd.DataFrame({"age": [30, 40], "town": ["Ulm", None]}))
    return str(mlflow.last_active_run().info.run_id)


def test_the_run_page_shows_dataset_and_tags(server: str, tracked_run: str, tmp_path: Path) -> None:
    page = dom(f"{server}/#/experiments/0/runs/{tracked_run}", tmp_path)
    assert "ui-people@v1" in page
    assert "mlsnap.snapshot.training" in page


def test_the_report_is_among_the_artifacts_and_opens(
    server: str, tracked_run: str, tmp_path: Path
) -> None:
    address = f"{server}/#/experiments/0/runs/{tracked_run}/artifacts/mlsnap/training/profile.html"
    page = dom(address, tmp_path)
    assert "profile.html" in page
    assert "mlflow-html-iframe" in page
