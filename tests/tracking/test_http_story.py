"""The whole story once over HTTP, with artifacts that go through the server."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import workshop

import mlsnap

TRAINING = """
import mlsnap

@mlsnap.track(inputs={"df": "NAME"}, create_data_snapshot=True)
def fit(df, alpha=2.0):
    return {"total": float(df["x"].sum()) * alpha}
"""

READING = """
import json, sys
import mlflow, mlsnap

name, run_id = sys.argv[1:]
snapshot = mlsnap.get_dataset(name).get_snapshot("first")
used = mlflow.get_run(run_id).inputs.dataset_inputs[0]
print(json.dumps({
    "profile": snapshot.get_profile()["x"].mean,
    "copy": snapshot.to_pandas_dataframe()["x"].tolist(),
    "latest": mlsnap.load(name + "@latest")["x"].tolist(),
    "of the run": mlsnap.load("runs:/" + run_id)["x"].tolist(),
    "source": mlflow.data.get_source(used).load()["x"].tolist(),
    "verified": snapshot.verify(),
    "users": list(snapshot.runs()["run_id"]),
}))
"""


@pytest.fixture
def over_http(project: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name nobody else has on the server, for a dataset and an experiment."""
    name = f"story-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", name)
    return name


def test_from_registration_to_another_machine(
    over_http: str, project: Path, tmp_path: Path
) -> None:
    name = over_http
    first = pd.DataFrame({"x": [1, 2, 3]})
    first.to_csv("data.csv", index=False)
    (project / "training.py").write_text(TRAINING.replace("NAME", name))
    workshop.commit_all(project)

    crime = mlsnap.register_dataset(name, "data.csv")
    snapshot = crime.create_snapshot("first", create_data_snapshot=True)
    training = workshop.import_from(project, "training")
    assert training.fit(first) == {"total": 12.0}
    assert training.fit(first + 1, alpha=1.0) == {"total": 9.0}

    late, early = mlflow.search_runs(experiment_names=[name], output_format="list")
    assert workshop.linked(early) == {"training": f"{name}@first"}
    assert workshop.linked(late) == {"training": f"{name}@v2"}
    assert (early.data.params, early.data.metrics) == ({"alpha": "2.0"}, {"total": 12.0})
    assert list(snapshot.runs()["run_id"]) == [early.info.run_id]
    difference = mlsnap.compare(early.info.run_id, late.info.run_id)
    assert difference["x"].wasserstein == pytest.approx(1.0)
    page = mlflow.artifacts.load_text(f"runs:/{early.info.run_id}/mlsnap/training/profile.html")
    assert f"{name}@first" in page

    away = tmp_path / "away"
    away.mkdir()
    Path("data.csv").unlink()
    empty = {"HOME": str(away), "XDG_DATA_HOME": str(away), "XDG_CACHE_HOME": str(away)}
    empty |= {each: str(away) for each in os.environ if each.startswith("DVC_") and "DIR" in each}
    empty["MLSNAP_DATA_DIRECTORY"] = str(away / "nothing")
    output = workshop.run_python("-c", READING, name, early.info.run_id, at=away, **empty)
    assert json.loads(output.splitlines()[-1]) == {
        "profile": 2.0,
        "copy": [1, 2, 3],
        "latest": [2, 3, 4],
        "of the run": [1, 2, 3],
        "source": [1, 2, 3],
        "verified": [],
        "users": [early.info.run_id],
    }

    report = mlsnap.reproduce(early.info.run_id)
    assert (report.verdict, report.factors, report.error) == ("identical", (), None)


def test_a_deleted_snapshot_and_an_unknown_run_are_told_apart_over_http(over_http: str) -> None:
    wine = mlsnap.register_dataset(over_http)
    wine.create_snapshot("x", data=pd.DataFrame({"x": [1]}))
    wine.delete_snapshot("x")

    with pytest.raises(mlsnap.errors.NotFoundError, match="it was deleted; its name stays taken"):
        wine.get_snapshot("x")
    with pytest.raises(mlsnap.errors.NotFoundError, match="no run '0000"):
        mlsnap.compare("runs:/" + "0" * 32, "runs:/" + "0" * 32)
