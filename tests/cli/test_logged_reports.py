"""``--log-report`` stores what a command found among the artifacts of a run."""

import mlflow
import pytest


@pytest.mark.parametrize("command", ["compare", "drift"])
def test_a_report_is_logged_to_the_run_that_is_named(run, people, command):
    with mlflow.start_run() as training:
        run_id = training.info.run_id
    ended = run(command, people, people, "--log-report", run_id)
    assert ended.code == 0
    path = ended.err.split()[1]
    assert ended.err.splitlines()[-1] == f"logged {path} to run {run_id}"
    assert "<!DOCTYPE html>" in mlflow.artifacts.load_text(f"runs:/{run_id}/{path}")


def test_a_report_of_no_run_is_an_error(run, people):
    ended = run("compare", people, people, "--log-report", "abc")
    assert ended.code == 3
    assert ended.error()[0] == "no run 'abc' in this MLflow"
