"""From a snapshot to the runs that used it: mlsnap's own searches and MLflow's agree."""

from __future__ import annotations

import uuid
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, RunTag

import mlsnap
from mlsnap.services.datasets import Dataset as MlsnapDataset
from mlsnap.services.references import find_snapshot
from mlsnap.services.snapshots import Snapshot

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def filled(wine: MlsnapDataset) -> MlsnapDataset:
    """Two names for the same content, and other content."""
    wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    wine.create_snapshot("same", data=FRAME)
    wine.create_snapshot("b", data=FRAME + 1)
    return wine


def training(**references: str) -> str:
    """A run that used snapshots, by context; its id."""
    with mlflow.start_run() as run:
        for context, reference in references.items():
            mlsnap.log_snapshot(find_snapshot(reference), context=context)
    return str(run.info.run_id)


def found(where: str, experiment: str = "0") -> set[str]:
    """Ids of the runs that MLflow's own search gives."""
    return {each.info.run_id for each in MlflowClient().search_runs([experiment], where)}


def used(snapshot: Snapshot) -> set[tuple[str, str]]:
    """Which runs used it in which context, as the users see it."""
    frame = snapshot.runs()
    seen = set(zip(frame["run_id"], frame["context"], strict=True))
    assert seen == {(each.run_id, each.context) for each in snapshot.uses()}
    return seen


def assert_agreement(snapshot: Snapshot, expected: set[tuple[str, str]], at: str = "0") -> None:
    """MLflow's search by input and by tag, and mlsnap's, give the same runs."""
    name, digest = snapshot.reference, snapshot.digest
    by_input = f"dataset.name = '{name}' and dataset.digest = '{digest[:32]}'"
    assert used(snapshot) == expected
    assert found(by_input, at) == {run_id for run_id, _ in expected}
    for context in {context for _, context in expected}:
        users = {run_id for run_id, each in expected if each == context}
        assert found(f"tags.`mlsnap.snapshot.{context}` = '{name}'", at) == users
        assert users <= found(f"tags.`mlsnap.digest.{context}` = '{digest}'", at)


def test_all_searches_agree(filled: MlsnapDataset) -> None:
    one = training(training="wine@a")
    twice = training(training="wine@a", test="wine@a")
    both = training(training="wine@a", test="wine@same")
    training(training="wine@b")
    training()

    of_a = {(one, "training"), (twice, "training"), (twice, "test"), (both, "training")}
    assert_agreement(filled.get_snapshot("a"), of_a)
    assert_agreement(filled.get_snapshot("same"), {(both, "test")})
    digest = filled.get_snapshot("a").digest[:32]
    assert found(f"dataset.digest = '{digest}'") == {one, twice, both}


def test_all_searches_agree_over_http(
    project: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"links-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    dataset = mlsnap.register_dataset(name)
    snapshot = dataset.create_snapshot("a", data=FRAME)
    dataset.create_snapshot("same", data=FRAME)
    experiment = mlflow.create_experiment(name)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", name)

    twice = training(training=f"{name}@a", test=f"{name}@a")
    both = training(training=f"{name}@a", test=f"{name}@same")

    of_a = {(twice, "training"), (twice, "test"), (both, "training")}
    assert_agreement(snapshot, of_a, experiment)
    assert {each.experiment for each in snapshot.uses()} == {name}


def test_a_use_tells_where_and_when_and_what_came_of_it(filled: MlsnapDataset) -> None:
    client = MlflowClient()
    experiment = mlflow.create_experiment("trees")
    with mlflow.start_run(experiment_id=experiment, run_name="first") as run:
        mlsnap.load("wine@a")
        model = mlflow.initialize_logged_model("oak")
    client.create_registered_model("tree")
    for _ in range(2):
        client.create_model_version("tree", f"models:/{model.model_id}", run_id=run.info.run_id)
    client.set_registered_model_alias("tree", "best", "2")

    (use,) = filled.get_snapshot("a").uses()

    assert (use.run_id, use.run_name, use.status) == (run.info.run_id, "first", "FINISHED")
    assert (use.experiment_id, use.experiment, use.context) == (experiment, "trees", "training")
    assert use.started.timestamp() * 1000 == run.info.start_time
    assert [(each.version, each.aliases) for each in use.versions] == [(1, ()), (2, ("best",))]
    assert {each.model_id for each in use.versions} == {model.model_id}
    assert [(each.model_id, each.name) for each in use.logged_models] == [(model.model_id, "oak")]
    assert use.model_uris == ("models:/tree/1", "models:/tree/2")
    frame = filled.get_snapshot("a").runs()
    assert list(frame.columns[:6]) == [
        "run_id",
        "context",
        "model_uri",
        "run_name",
        "status",
        "reproduces",
    ]
    assert list(frame["model_uri"]) == ["models:/tree/1", "models:/tree/2"]


def test_a_run_tells_its_reproductions_with_their_verdicts(filled: MlsnapDataset) -> None:
    client = MlflowClient()
    first = training(training="wine@a")
    done, killed = training(training="wine@a"), training()
    client.log_batch(done, tags=[_tag("reproduces", first), _tag("verdict", "identical")])
    client.log_batch(killed, tags=[_tag("reproduces", first)])

    again, original = filled.get_snapshot("a").uses()

    assert (again.run_id, again.reproduces, again.verdict) == (done, first, "identical")
    assert (original.run_id, original.reproduces, original.verdict) == (first, None, None)
    made = [(each.run_id, each.verdict) for each in original.reproductions]
    assert made == [(done, "identical"), (killed, None)]
    assert again.reproductions == ()


def _tag(name: str, value: str) -> RunTag:
    return RunTag(f"mlsnap.{name}", value)


def _log_input(run_id: str, snapshot: Snapshot, *tags: InputTag) -> None:
    dataset = Dataset(snapshot.reference, snapshot.digest[:32], "mlsnap", "{}")
    MlflowClient().log_inputs(run_id, [DatasetInput(dataset, list(tags))])


def test_a_link_that_was_cut_off_before_the_tags_counts(filled: MlsnapDataset) -> None:
    snapshot = filled.get_snapshot("a")
    told, silent = training(), training()
    _log_input(told, snapshot, InputTag("mlflow.data.context", "two words"))
    _log_input(silent, snapshot)

    contexts = dict(used(snapshot))

    assert contexts[silent] == "unnamed"
    assert contexts[told].startswith("two_words-")
    assert find_snapshot(f"{told}#two words").reference == "wine@a"
    assert mlsnap.compare(silent, "wine@b")["x"].wasserstein == 1.0


def test_untagged_inputs_of_one_context_keep_apart(filled: MlsnapDataset) -> None:
    run_id = training(training="wine@b")
    for name in ("a", "same"):
        _log_input(run_id, filled.get_snapshot(name), InputTag("mlflow.data.context", "training"))

    assert find_snapshot(run_id).name == "b"
    assert {find_snapshot(f"{run_id}#training-{n}").name for n in (2, 3)} == {"a", "same"}
    assert [run for run, _ in used(filled.get_snapshot("a"))] == [run_id]


def test_a_run_that_was_copied_without_its_inputs_counts(filled: MlsnapDataset) -> None:
    snapshot, run_id = filled.get_snapshot("a"), training()
    MlflowClient().set_tag(run_id, "mlsnap.snapshot.training", "wine@a")

    assert used(snapshot) == {(run_id, "training")}


def test_a_run_of_other_content_under_the_same_name_does_not_count(filled: MlsnapDataset) -> None:
    run_id = training()
    dataset = Dataset("wine@a", "0" * 32, "mlsnap", "{}")
    MlflowClient().log_inputs(run_id, [DatasetInput(dataset, [])])
    MlflowClient().set_tag(training(), "mlsnap.digest.training", "0" * 64)

    assert used(filled.get_snapshot("a")) == set()


def test_inputs_of_other_kinds_are_none_of_ours(filled: MlsnapDataset) -> None:
    with mlflow.start_run() as run:
        dataset = mlflow.data.from_pandas(FRAME, name="wine@a", digest="0a1b")
        mlflow.log_input(dataset, context="training")

    assert used(filled.get_snapshot("a")) == set()
    with pytest.raises(mlsnap.errors.NotFoundError, match="has no snapshot among its inputs"):
        find_snapshot(run.info.run_id)


@pytest.mark.parametrize("by", ["input", "tag"])
def test_half_a_link_keeps_a_snapshot_from_being_deleted_and_freed(
    filled: MlsnapDataset, by: str
) -> None:
    snapshot, run_id = filled.get_snapshot("a"), training()
    if by == "input":
        _log_input(run_id, snapshot)
    else:
        MlflowClient().set_tag(run_id, "mlsnap.snapshot.training", "wine@a")
    MlflowClient().delete_run(run_id)

    with pytest.raises(mlsnap.errors.SnapshotInUseError, match=f"used by run {run_id}"):
        filled.delete_snapshot("a")
    assert [len(each.copies) for each in mlsnap.gc(older_than=0).remotes] == [0]


def test_users_of_a_snapshot_are_found_in_few_requests(
    filled: MlsnapDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        training(training="wine@a")
    snapshot = filled.get_snapshot("a")
    snapshot.digest  # noqa: B018 - so that the record is read
    seen = []
    for name in ("search_runs", "search_model_versions", "search_logged_models"):
        method = getattr(MlflowClient, name)
        monkeypatch.setattr(MlflowClient, name, _counted(method, seen))

    assert len(snapshot.uses()) == 5
    assert sorted(set(seen)) == ["search_logged_models", "search_model_versions", "search_runs"]
    assert len(seen) == 4


def _counted(method, seen):
    def counted(*arguments, **named):
        seen.append(method.__name__)
        return method(*arguments, **named)

    return counted
