"""From a reference to the snapshot or profile it means."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.entities import LoggedModelOutput

import mlsnap
from mlsnap.errors import NotFoundError, SourceError
from mlsnap.services.datasets import Dataset
from mlsnap.services.references import find_profile, find_snapshot

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def filled(wine: Dataset) -> Dataset:
    for number, name in enumerate(["a", "b", "c"]):
        wine.create_snapshot(name, data=FRAME + number, create_data_snapshot=True)
    return wine


def use(*references: str) -> str:
    """A run that used these snapshots; its id."""
    with mlflow.start_run() as run:
        for reference in references:
            mlsnap.load(reference)
    return str(run.info.run_id)


def logged_model(run_id: str) -> str:
    """A model that the run made; its id."""
    client = mlflow.MlflowClient()
    model = client.create_logged_model("0", name="tree", source_run_id=run_id)
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
    client.finalize_logged_model(model.model_id, "READY")
    return str(model.model_id)


@pytest.mark.parametrize(
    ("reference", "name"),
    [("wine@a", "a"), ("wine@latest", "c"), ("wine@latest~1", "b"), ("wine@latest~2", "a")],
)
def test_by_name_and_by_age(filled: Dataset, reference: str, name: str) -> None:
    assert find_snapshot(reference).name == name


def test_by_the_beginning_of_a_digest(filled: Dataset) -> None:
    digest = filled.get_snapshot("b").digest

    assert find_snapshot(f"wine@sha256:{digest[:8]}").name == "b"
    assert find_snapshot(f"wine@sha256:{digest}").name == "b"


def test_by_a_run_in_each_of_its_spellings(filled: Dataset) -> None:
    run_id = use("wine@b")

    for reference in (run_id, f"runs:/{run_id}", f"{run_id}#training"):
        assert find_snapshot(reference).name == "b"


def test_a_run_of_several_inputs_means_the_training_one_unless_told(filled: Dataset) -> None:
    run_id = use("wine@b", "wine@c")

    assert find_snapshot(run_id).name == "b"
    assert find_snapshot(f"{run_id}#wine").name == "c"
    with pytest.raises(NotFoundError, match=r"no input 'wines'; near names: 'wine'\nHint:.*#train"):
        find_snapshot(f"{run_id}#wines")


def test_by_a_model_that_came_of_a_run(filled: Dataset) -> None:
    run_id = use("wine@b")
    model = logged_model(run_id)
    client = mlflow.MlflowClient()
    assert list(filled.get_snapshot("b").runs()["model_uri"]) == [f"models:/{model}"]
    client.create_registered_model("tree")
    client.create_model_version("tree", f"models:/{model}", run_id=run_id, model_id=model)
    client.set_registered_model_alias("tree", "best", "1")

    for name in (model, "tree/1", "tree@best", "tree/latest"):
        assert find_snapshot(f"models:/{name}").name == "b"
    assert list(filled.get_snapshot("b").runs()["model_uri"]) == ["models:/tree/1"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("beer@latest", "no dataset 'beer'"),
        ("wine@d", "no snapshot 'd' in dataset 'wine'"),
        ("wine@latest~3", "dataset 'wine' has 3 snapshots, none 3 before the latest"),
        ("wine@sha256:000000", "no snapshot of dataset 'wine' has a digest that begins with '000"),
        ("runs:/" + "0" * 32, "no run '0000"),
        ("0" * 32 + "#x", "no run '0000"),
        ("models:/none/1", "no registered model 'none' in this MLflow"),
        ("wine", "'wine' is no reference to a snapshot"),
    ],
)
def test_what_is_not_there_is_named(filled: Dataset, reference: str, message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        find_snapshot(reference)


def test_a_run_without_snapshots_says_how_they_get_there(filled: Dataset) -> None:
    with pytest.raises(NotFoundError, match=r"has no snapshot among its inputs\nHint: runs get"):
        find_snapshot(use())


def test_differences_are_current_minus_reference(filled: Dataset) -> None:
    difference = mlsnap.compare("wine@a", "wine@c")

    assert difference["x"].moments.mean == 2.0
    assert difference["x"].min == 2.0
    assert difference["x"].wasserstein == 2.0
    assert (difference.reference, difference.current) == ("wine@a", "wine@c")


def test_a_snapshot_compares_itself_with_the_other_as_reference(filled: Dataset) -> None:
    first, third = filled.get_snapshot("a"), filled.get_snapshot("c")

    difference = third.compare_profiles(first)

    assert difference["x"].moments.mean == 2.0
    assert list(difference["x"].distances) == ["wasserstein"]
    energy = third.compare_profiles(first, histogram_compare_method="energy")
    assert list(energy["x"].distances) == ["energy"]


def test_runs_are_compared_by_their_data_even_when_the_snapshots_are_gone(filled: Dataset) -> None:
    one, two = use("wine@a"), use("wine@c")
    filled.delete_snapshot("a", force=True)
    filled.delete_snapshot("c", force=True)

    assert mlsnap.compare(f"runs:/{one}", two)["x"].wasserstein == 2.0


def test_files_and_frames_are_profiled_on_the_spot(filled: Dataset) -> None:
    FRAME.to_csv("new.csv", index=False)

    assert mlsnap.compare("wine@a", "new.csv").identical
    assert mlsnap.compare(Path("new.csv"), FRAME).identical
    assert find_profile("new.csv").name == "new.csv"
    assert mlsnap.compare(filled.get_snapshot("a"), mlsnap.profile(FRAME)).identical


def test_a_text_that_is_neither_file_nor_reference_is_named(filled: Dataset) -> None:
    with pytest.raises(NotFoundError, match="'nothing' is neither a reference nor a file that can"):
        mlsnap.compare("nothing", "wine@a")
    with pytest.raises(SourceError, match=r"no file or folder .*data/nothing"):
        mlsnap.compare("data/nothing", "wine@a")
