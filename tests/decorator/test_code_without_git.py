"""Functions in no repository: their sources are stored with the run, and brought back."""

from __future__ import annotations

import subprocess
import warnings
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from workshop import import_from, the_run

import mlsnap
from mlsnap.errors import MlsnapWarning

CODE = """
import mlsnap
from loose_helper import factor
@mlsnap.track(create_data_snapshot=True)
def fit(df):
    return {"sum": float(df["x"].sum()) * factor()}
"""
FRAME = pd.DataFrame({"x": [1, 2, 3]})


def test_a_function_in_no_repository_is_made_again_from_its_sources(project: Path) -> None:
    (project / "loose.py").write_text(CODE)
    (project / "loose_helper.py").write_text("def factor():\n    return 2.0\n")
    fit = import_from(project, "loose").fit
    with warnings.catch_warnings():
        warnings.simplefilter("error", MlsnapWarning)
        assert fit(FRAME) == {"sum": 12.0}
    run_id = the_run().info.run_id
    (project / "loose_helper.py").write_text("def factor():\n    return 3.0\n")

    report = mlsnap.reproduce(run_id, env="current")

    assert report.verdict == "identical"
    assert mlflow.get_run(report.run_id).data.metrics["sum"] == 12.0


def test_a_likely_secret_among_the_changes_is_said_without_its_value(project: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    value = "Tr0ub4dor" + "&3"
    (project / "unsafe.py").write_text(f"password = '{value}'\ndef fit(df):\n    return len(df)\n")
    fit = mlsnap.track(import_from(project, "unsafe").fit)

    with pytest.warns(
        MlsnapWarning, match=r"looks like secrets in its code, at unsafe\.py:1: "
    ) as said:
        fit(FRAME)

    assert all(value not in str(each.message) for each in said)
