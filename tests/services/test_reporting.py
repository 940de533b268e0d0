"""Reports are artifacts of the runs they are about."""

import json

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import NotFoundError, SourceError

PAST = pd.DataFrame({"age": [30, 40, 50], "town": ["Ulm", "Bonn", None]})
NOW = pd.DataFrame({"age": [31, 45, 80], "town": ["Ulm", "Köln", "Ulm"]})


def stored(run_id: str, path: str) -> str:
    return str(mlflow.artifacts.load_text(f"runs:/{run_id}/{path}"))


@pytest.fixture
def run_id(project) -> str:
    with mlflow.start_run() as run:
        return str(run.info.run_id)


def test_a_difference_is_logged_to_the_active_run_as_page_and_json(project):
    with mlflow.start_run() as run:
        path = mlsnap.log_report(mlsnap.compare(PAST, NOW))
    assert path == "mlsnap/reports/reference-current.html"
    assert "<title>reference and current</title>" in stored(run.info.run_id, path)
    found = json.loads(stored(run.info.run_id, path.replace(".html", ".json")))
    assert [column["name"] for column in found["columns"]] == ["age", "town"]


def test_a_profile_is_logged_to_a_run_that_has_ended(run_id):
    profile = mlsnap.profile(PAST)
    path = mlsnap.log_report(profile, run_id=f"runs:/{run_id}", name="before training")
    assert path.startswith("mlsnap/reports/before_training-")
    assert "<title>before training</title>" in stored(run_id, path)
    assert type(profile).from_json(stored(run_id, path.replace(".html", ".json"))) == profile


def test_a_drift_is_logged(run_id):
    path = mlsnap.log_report(mlsnap.drift([PAST, NOW, PAST]), run_id=run_id, name="drift")
    assert path == "mlsnap/reports/drift.html"
    assert "3 steps, each against the first one." in stored(run_id, path)
    assert len(json.loads(stored(run_id, "mlsnap/reports/drift.json"))["steps"]) == 3


def test_a_report_of_the_same_name_is_replaced(run_id):
    for table in (PAST, NOW):
        mlsnap.log_report(mlsnap.compare(PAST, table), run_id=run_id)
    page = stored(run_id, "mlsnap/reports/reference-current.html")
    assert "The data differs" in page


def test_without_a_run_there_is_nowhere_to_log_to(project):
    with pytest.raises(NotFoundError, match="no MLflow run is active, and none was given"):
        mlsnap.log_report(mlsnap.profile(PAST))


def test_a_run_that_does_not_exist_is_named(project):
    with pytest.raises(NotFoundError, match="no run 'abc' in this MLflow"):
        mlsnap.log_report(mlsnap.profile(PAST), run_id="abc")


def test_what_has_no_report_is_named(run_id):
    with pytest.raises(SourceError, match="there is no report of a DataFrame"):
        mlsnap.log_report(PAST, run_id=run_id)  # type: ignore[arg-type]
