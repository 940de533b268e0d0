"""Models as MLflow keeps them, and the runs and data they came of."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput

import mlsnap
from mlsnap.errors import MlsnapWarning, NotFoundError
from mlsnap.services.references import find_snapshot
from mlsnap.tracking.model_uris import run_of_model
from mlsnap.tracking.models import link_models, models_of, subject_of

FRAME = pd.DataFrame({"x": [1, 2, 3]})
ODD_NAMES = ["two words", "o'brien", 'say "hi"', "'both' \"kinds\"", "a#b@c", "50%", "日本 é"]


@pytest.fixture
def client(project: Path) -> MlflowClient:
    wine = mlsnap.register_dataset("wine")
    wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    wine.create_snapshot("b", data=FRAME + 1)
    return MlflowClient()


def a_run(*contexts: str, snapshot: str = "wine@a") -> str:
    """A run that used the snapshot in these contexts; its id."""
    with mlflow.start_run() as run:
        for context in contexts:
            mlsnap.log_snapshot(find_snapshot(snapshot), context=context)
    return str(run.info.run_id)


def log_model(client: MlflowClient, run_id: str, name: str = "tree") -> str:
    """A model that the run logged; its id."""
    model = client.create_logged_model("0", name=name, source_run_id=run_id)
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
    client.finalize_logged_model(model.model_id, "READY")
    return str(model.model_id)


def log_model_here(client: MlflowClient) -> str:
    """A model of the active run, as a library of MLflow logs one; its id."""
    model = mlflow.initialize_logged_model("tree")
    client.log_outputs(model.source_run_id, [LoggedModelOutput(model.model_id, 0)])
    return str(model.model_id)


def register(client: MlflowClient, name: str, run_id: str, model_id: str | None = None) -> None:
    """The next version of a registered model."""
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    source = f"models:/{model_id}" if model_id else f"runs:/{run_id}/model"
    client.create_model_version(name, source, run_id=run_id)


def test_a_registered_model_of_any_name_leads_to_its_run(client: MlflowClient) -> None:
    run_id = a_run("training", "test")
    for name in ODD_NAMES:
        client.create_registered_model(name)
        client.create_model_version(name, f"runs:/{run_id}/model", run_id=run_id)
        client.set_registered_model_alias(name, "best", "1")

        for place in (f"{name}/1", f"{name}/latest", f"{name}@best"):
            assert run_of_model(client, f"models:/{place}") == run_id
            assert find_snapshot(f"models:/{place}#test").reference == "wine@a"
    (use, *_) = find_snapshot("wine@a").uses()
    named = [(each.name, each.aliases) for each in use.versions]
    assert named == [(name, ("best",)) for name in sorted(ODD_NAMES)]


def test_the_latest_version_is_the_one_with_the_highest_number(client: MlflowClient) -> None:
    first, second = a_run("training"), a_run("training", snapshot="wine@b")
    for run_id in [first] * 10 + [second]:
        register(client, "tree", run_id)
    client.update_model_version("tree", "2", "changed last")

    assert run_of_model(client, "models:/tree/latest") == second


MISSING = {
    "models:/tee/1": "no registered model 'tee' in this MLflow; near names: 'tree'\nHint: a ",
    "models:/tee@best": "no registered model 'tee' in this MLflow; near names: 'tree'",
    "models:/tee/latest": "no registered model 'tee' in this MLflow; near names: 'tree'",
    "models:/tree/3": "the model 'tree' has no version 3\nHint: its newest versions: 2, 1",
    "models:/tree@bets": "has no alias 'bets'; near names: 'best'\nHint: its aliases: best",
    "models:/empty/latest": "the model 'empty' has no version yet\nHint: register one",
    "models:/m-0000": "no logged model 'm-0000' in this MLflow",
    "models:/tree": "'models:/tree' names no model\nHint: a model is models:/NAME/VERSION",
    "models:/tree/Production": "'models:/tree/Production' names no model",
    "models:/": "'models:/' names no model",
    f"models:/tree/{10**20}": "names no model",
    "models:/loose/1": "the model 'models:/loose/1' came of no run, so nothing tells what",
    "models:/bare/1": "the model 'models:/bare/1' leads to no data: run '[0-9a-f]+' has no s",
    "models:/tree/1#tset": "leads to no data: run '[0-9a-f]+' has no input 'tset'; near name",
}


def test_what_a_model_reference_misses_is_named(client: MlflowClient) -> None:
    run_id = a_run("training", "test")
    register(client, "tree", run_id)
    register(client, "tree", run_id)
    client.set_registered_model_alias("tree", "best", "2")
    client.create_registered_model("empty")
    client.create_registered_model("loose")
    client.create_model_version("loose", "s3://bucket/model")
    register(client, "bare", a_run())

    for uri, message in MISSING.items():
        with pytest.raises(NotFoundError, match=message):
            find_snapshot(uri)


def test_a_version_of_a_logged_model_needs_no_run_of_its_own(client: MlflowClient) -> None:
    run_id = a_run("training")
    model_id = log_model(client, run_id)
    client.create_registered_model("tree")
    client.create_model_version("tree", f"models:/{model_id}")

    assert run_of_model(client, "models:/tree/1") == run_id


def test_models_of_many_runs_are_found_together(client: MlflowClient) -> None:
    ids = [str(client.create_run("0").info.run_id) for _ in range(85)]
    logged = {run_id: log_model(client, run_id, f"of {run_id}") for run_id in ids[::40]}
    names = [f"model {number}" for number in range(12)]
    for run_id, name in zip(ids[60:72], names, strict=True):
        register(client, name, run_id)
        client.set_registered_model_alias(name, "best", "1")
    register(client, "of a logged one", ids[0], logged[ids[0]])

    found = models_of(client, [client.get_run(run_id) for run_id in ids])

    assert {run_id for run_id, each in found.items() if each.uris} == {*logged, *ids[60:72]}
    assert found[ids[40]].uris == (f"models:/{logged[ids[40]]}",)
    assert found[ids[40]].logged[0].name == f"of {ids[40]}"
    assert found[ids[0]].uris == ("models:/of a logged one/1",)
    for run_id, name in zip(ids[60:72], names, strict=True):
        assert [(each.name, each.aliases) for each in found[run_id].versions] == [(name, ("best",))]


def test_a_deleted_model_is_none_of_the_run(client: MlflowClient) -> None:
    run_id = a_run("training")
    client.delete_logged_model(log_model(client, run_id))

    assert models_of(client, [client.get_run(run_id)])[run_id].uris == ()


def test_models_of_a_tracked_call_bear_the_tags_of_its_run(client: MlflowClient) -> None:
    made = {}

    @mlsnap.track(inputs={"train": "wine", "test": "wine"})
    def fit(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
        made.update(run_id=mlflow.active_run().info.run_id, model_id=log_model_here(client))
        register(client, "tree", made["run_id"], made["model_id"])
        return {"score": 0.5}

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        fit(FRAME, FRAME + 1)

    run = client.get_run(made["run_id"])
    marks = {key: value for key, value in run.data.tags.items() if key in _marks("train", "test")}
    assert marks["mlsnap.snapshot.train"] == "wine@a"
    assert marks["mlsnap.snapshot.test"] == "wine@b"
    assert len(marks) == 4
    assert client.get_logged_model(made["model_id"]).tags.items() >= marks.items()
    assert client.get_model_version("tree", "1").tags == marks
    for key, value in marks.items():
        where = f"tags.`{key}` = '{value}'"
        (found,) = client.search_logged_models(["0"], where)
        assert found.model_id == made["model_id"]
        assert [each.name for each in client.search_model_versions(where)] == ["tree"]


def _marks(*contexts: str) -> set[str]:
    return {f"mlsnap.{what}.{each}" for what in ("snapshot", "digest") for each in contexts}


def test_returned_metrics_bear_the_data_and_the_model(client: MlflowClient) -> None:
    made = {}

    @mlsnap.track(inputs={"df": "wine"})
    def fit(df: pd.DataFrame) -> dict[str, float]:
        made["model_id"] = log_model_here(client)
        return {"score": 0.5}

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        fit(FRAME)

    (metric,) = client.get_logged_model(made["model_id"]).metrics
    digest = find_snapshot("wine@a").digest
    assert (metric.key, metric.value) == ("score", 0.5)
    assert (metric.dataset_name, metric.dataset_digest) == ("wine@a", digest[:32])
    used = {"dataset_name": "wine@a", "dataset_digest": digest[:32]}
    assert [each.model_id for each in client.search_logged_models(["0"], datasets=[used])] == [
        made["model_id"]
    ]


def test_metrics_are_of_the_only_input_or_the_training_data(client: MlflowClient) -> None:
    data = {"dataset_name", "dataset_digest"}
    for contexts, fields in {
        (): set(),
        ("test",): data,
        ("training", "test"): data,
        ("a", "b"): set(),
    }.items():
        assert set(subject_of(client.get_run(a_run(*contexts)))) == fields


def test_metrics_of_a_run_with_two_models_are_of_neither(client: MlflowClient) -> None:
    run_id = a_run("training")
    one = log_model(client, run_id)
    assert subject_of(client.get_run(run_id))["model_id"] == one
    log_model(client, run_id)

    assert "model_id" not in subject_of(client.get_run(run_id))


def test_a_run_without_snapshots_leaves_its_models_alone(client: MlflowClient) -> None:
    run_id = a_run()
    model_id = log_model(client, run_id)
    before = client.get_logged_model(model_id).tags

    link_models(client, client.get_run(run_id))

    assert client.get_logged_model(model_id).tags == before
