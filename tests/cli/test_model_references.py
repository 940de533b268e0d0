"""A model is a reference wherever one is taken."""

from __future__ import annotations

import mlflow
import pytest

import mlsnap

MODELS = {"models:/the tree/1": "", "models:/the tree@best": "#training", "models:/{id}": "#test"}


@pytest.fixture
def modelled(taken):
    """The ids of a run that used the snapshot of the people twice, and of the model it logged."""
    client = mlflow.MlflowClient()
    with mlflow.start_run() as run:
        mlsnap.load(taken)
        mlsnap.load(taken, context="test")
        model = mlflow.initialize_logged_model("tree")
    client.create_registered_model("the tree")
    client.create_model_version("the tree", f"models:/{model.model_id}", run_id=run.info.run_id)
    client.set_registered_model_alias("the tree", "best", "1")
    return run.info.run_id, model.model_id


def test_every_command_takes_a_model_for_its_data(run, taken, modelled, tmp_path):
    run_id, model_id = modelled
    references = [key.format(id=model_id) + value for key, value in MODELS.items()]
    for reference in references:
        for words, expected in {
            ("show", reference): f"Snapshot {taken}",
            ("runs", reference): run_id,
            ("head", reference): "Ada",
            ("sample", reference, "--strategy", "top_n", "--n", "1"): "Ada",
            ("verify", reference): "",
            ("pin", reference): "",
            ("unpin", reference): "",
            ("compare", reference, taken): "",
            ("drift", reference, taken): "",
            ("diff", reference, taken): "",
            ("get", reference, "-o", str(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv")): "",
        }.items():
            ended = run(*words)
            assert ended.code == 0, (words, ended.out, ended.err)
            assert expected in ended.out
        assert "Ada" in set(mlsnap.load(reference)["name"])


def test_runs_of_a_model_show_all_that_used_its_data(run, taken, modelled):
    run_id, _ = modelled

    rows = run("runs", "models:/the tree/1", "--json").json

    assert [(row["run_id"], row["context"], row["model_uri"]) for row in rows] == [
        (run_id, "test", "models:/the tree/1"),
        (run_id, "training", "models:/the tree/1"),
    ]
    assert {row["experiment"] for row in rows} == {"Default"}


def test_a_mistyped_model_is_told_with_the_near_ones(run, modelled):
    ended = run("show", "models:/thetree/1")

    assert ended.code == 3
    assert ended.error() == (
        "no registered model 'thetree' in this MLflow; near names: 'the tree'",
        "a logged model that is not registered is models:/m-…",
    )
