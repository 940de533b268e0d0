"""One contract for every kind of MLflow: its databases, servers and artifact stores."""

from __future__ import annotations

import json
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import mlflow
import pandas as pd
import pytest
from back_ends import unused
from mlflow import MlflowClient
from mlflow.entities import Run
from workshop import linked

import mlsnap
from mlsnap.errors import MlsnapWarning, NameTakenError, NotFoundError
from mlsnap.plugins import from_mlsnap
from mlsnap.services.datasets import Dataset
from mlsnap.services.snapshots import Snapshot
from mlsnap.tracking.claims import claim

FIRST = pd.DataFrame({"age": [20, 30, 40], "town": ["Ulm", "Köln", None]})
SECOND = pd.DataFrame({"age": [25, 35, 45, 55], "town": ["Ulm", "Ulm", "Bonn", "Bonn"]})


UNREPRODUCIBLE = "^mlsnap, tracking 'fit': the run cannot be reproduced: [^;]*$"
"""All that is wrong: a function inside of a test has no name to call it by."""


@dataclass(frozen=True)
class Story:
    """A dataset with two snapshots, and the run of a training on each."""

    dataset: Dataset
    first: Snapshot
    second: Snapshot
    runs: tuple[Run, Run]

    @property
    def name(self) -> str:
        return self.dataset.name


@pytest.fixture(scope="module")
def story(back_end: str) -> Story:
    name = unused("crime")
    FIRST.to_parquet("crime.parquet")
    dataset = mlsnap.register_dataset(
        name, "crime.parquet", description="Häuser ✓", tags={"k": "v"}
    )
    first = dataset.create_snapshot("first", create_data_snapshot=True)
    second = dataset.create_snapshot("second", data=SECOND, create_data_snapshot=True)
    return Story(dataset, first, second, (trained(name, FIRST), trained(name, SECOND)))


def trained(dataset: str, frame: pd.DataFrame) -> Run:
    @mlsnap.track(inputs={"df": dataset})
    def fit(df: pd.DataFrame, alpha: float = 2.0) -> dict[str, float]:
        return {"total": float(df["age"].sum()) * alpha}

    with pytest.warns(MlsnapWarning, match=UNREPRODUCIBLE), mlflow.start_run() as run:
        fit(frame)
    return MlflowClient().get_run(run.info.run_id)


def test_a_dataset_is_what_was_registered(story: Story) -> None:
    found = mlsnap.get_dataset(story.name)

    assert (found.description, found.tags) == ("Häuser ✓", {"k": "v"})
    assert story.name in [each.name for each in mlsnap.search_datasets()]
    with pytest.raises(NameTakenError, match="is registered already"):
        mlsnap.register_dataset(story.name)


def test_snapshots_are_found_by_name_digest_and_age(story: Story) -> None:
    digest = story.first.digest
    for ref in ("first", "latest~1", f"sha256:{digest[:12]}", f"sha256:{digest}"):
        assert mlsnap.load(f"{story.name}@{ref}")["age"].tolist() == [20, 30, 40]
    assert mlsnap.load(f"{story.name}@latest")["age"].tolist() == [25, 35, 45, 55]
    assert [each.name for each in story.dataset.get_all_snapshots()] == ["second", "first"]


def test_names_differ_by_their_case(story: Story) -> None:
    with pytest.raises(NotFoundError, match="near names: 'first'"):
        story.dataset.get_snapshot("First")
    with pytest.raises(NotFoundError, match="no dataset"):
        mlsnap.get_dataset(story.name.upper())


def test_the_same_name_is_not_taken_twice(story: Story) -> None:
    assert story.dataset.create_snapshot("second", data=SECOND).run_id == story.second.run_id
    with pytest.raises(NameTakenError):
        story.dataset.create_snapshot("second", data=FIRST)


def test_the_data_comes_back_verified(story: Story) -> None:
    assert story.first.to_pandas_dataframe()["town"].tolist()[:2] == ["Ulm", "Köln"]
    pd.testing.assert_frame_equal(story.second.to_pandas_dataframe(), SECOND)
    assert story.second.verify() == []


def test_a_run_has_its_data_parameters_and_metrics(story: Story) -> None:
    run, _ = story.runs

    assert linked(run) == {"training": f"{story.name}@first"}
    assert (run.data.params, run.data.metrics) == ({"alpha": "2.0"}, {"total": 180.0})
    (used,) = run.inputs.dataset_inputs
    assert used.dataset.name == f"{story.name}@first"
    assert json.loads(used.dataset.profile)["num_rows"] == 3
    assert mlflow.data.get_source(used).load()["age"].tolist() == [20, 30, 40]


def test_mlflows_search_finds_the_runs_of_a_snapshot(story: Story) -> None:
    run, _ = story.runs
    digest = story.first.digest[:32]
    for where in (
        f"dataset.name = '{story.name}@first'",
        f"dataset.digest = '{digest}'",
        f"tags.`mlsnap.snapshot.training` = '{story.name}@first'",
    ):
        found = mlflow.search_runs(
            search_all_experiments=True, filter_string=where, output_format="list"
        )
        assert [each.info.run_id for each in found] == [run.info.run_id]
    assert story.first.runs()["run_id"].tolist() == [run.info.run_id]


def test_a_dataset_that_mlflow_logged_leads_to_its_snapshot(story: Story) -> None:
    name = unused("logged")
    snapshot = mlsnap.register_dataset(name).create_snapshot("x", data=FIRST)
    with mlflow.start_run() as run:
        mlflow.log_input(from_mlsnap(snapshot), context="evaluation")

    assert snapshot.runs()[["run_id", "context"]].values.tolist() == [
        [run.info.run_id, "evaluation"]
    ]


def test_the_data_of_two_runs_is_compared(story: Story) -> None:
    early, late = (run.info.run_id for run in story.runs)

    difference = mlsnap.compare(early, late)

    assert difference["age"].wasserstein == pytest.approx(10.0)


def test_a_drift_and_a_report_are_logged(story: Story) -> None:
    found = mlsnap.drift(story.name)
    with mlflow.start_run() as run:
        mlsnap.log_drift(found, run_id=run.info.run_id)
        mlsnap.log_report(found, name="drift")

    stored = MlflowClient().get_run(run.info.run_id).data.metrics
    assert any("age" in key for key in stored)
    page = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/mlsnap/reports/drift.html")
    assert story.name in page


def test_a_deleted_name_stays_taken(back_end: str) -> None:
    wine = mlsnap.register_dataset(unused("wine"))
    wine.create_snapshot("x", data=FIRST)
    wine.delete_snapshot("x")

    with pytest.raises(NotFoundError, match="it was deleted; its name stays taken"):
        wine.get_snapshot("x")
    with pytest.raises(NameTakenError):
        wine.create_snapshot("x", data=SECOND)
    assert wine.create_snapshot(data=SECOND).name == "v2"


def test_a_snapshot_is_made_in_the_background(story: Story) -> None:
    dataset = mlsnap.register_dataset(unused("later"), "crime.parquet")

    snapshot = dataset.create_snapshot("x", wait=False)

    snapshot.wait_for_completion(show_output=False, status_update_frequency=0.05, timeout=60)
    assert snapshot.get_profile().row_count == 3


def test_of_many_that_claim_a_name_one_has_it(story: Story) -> None:
    """Each over a connection of its own, as processes have them."""
    index, key = story.dataset._entry.index_run_id, unused("contested")

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda at: claim(MlflowClient(), index, key, str(at)), range(8)))

    assert won.count(True) == 1
    assert claim(MlflowClient(), index, key, str(won.index(True)))
    assert not claim(MlflowClient(), index, key, "another")


def test_snapshots_made_at_once_have_names_of_their_own(back_end: str) -> None:
    name = unused("crowd")
    mlsnap.register_dataset(name)

    def take(at: int) -> str:
        frame = pd.DataFrame({"x": range(at + 1)})
        return mlsnap.get_dataset(name).create_snapshot(data=frame).name

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(take, range(4))) == ["v1", "v2", "v3", "v4"]


def test_many_that_log_to_one_run_lose_nothing(story: Story) -> None:
    client = MlflowClient()
    index = story.dataset._entry.index_run_id
    keys = [f"written/{at}" for at in range(20)]

    def write(at: int) -> None:
        for key in keys:
            client.log_metric(index, key, float(at), step=at)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))

    for key in keys[::7]:
        assert sorted(point.step for point in client.get_metric_history(index, key)) == [0, 1, 2, 3]


def test_metrics_that_are_no_finite_numbers_break_nothing(back_end: str) -> None:
    @mlsnap.track
    def fit() -> dict[str, float]:
        return {"nan": math.nan, "up": math.inf, "down": -math.inf, "one": 1.0}

    with pytest.warns(MlsnapWarning, match=UNREPRODUCIBLE), mlflow.start_run() as run:
        fit()

    stored: dict[str, Any] = MlflowClient().get_run(run.info.run_id).data.metrics
    assert math.isnan(stored["nan"])
    assert (stored["up"], stored["down"]) == (sys.float_info.max, -sys.float_info.max)
    assert stored["one"] == 1.0
