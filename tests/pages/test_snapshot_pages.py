"""The pages of datasets, snapshots, comparisons and runs, made in process."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from shown import Page, site

import mlsnap
from mlsnap.errors import NotFoundError, SnapshotFailedError
from mlsnap.pages.comparison_page import comparison_page
from mlsnap.pages.dataset_page import dataset_page
from mlsnap.pages.datasets_page import datasets_page
from mlsnap.pages.run_page import run_page
from mlsnap.pages.snapshot_page import snapshot_page

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Story:
    """A project with two datasets, a run that used snapshots of one, and another of both."""

    run: str
    mixed_run: str
    rerun: str


def frame(shift: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [20 + shift + number % 40 for number in range(80)],
            "town": [None if number < shift else "Ulm" for number in range(80)],
            HOSTILE: [HOSTILE] * 80,
        }
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("shown")
    database = folder / "mlflow.db"
    shutil.copy(empty_database, database)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE experiments SET artifact_location = ?", [f"{folder}/runs"])
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
        patch.setenv("MLSNAP_DATA_DIRECTORY", str(folder / "store"))
        yield told()


def told() -> Story:
    crime = mlsnap.register_dataset("crime", description=HOSTILE, tags={HOSTILE: HOSTILE})
    first, second = (crime.create_snapshot(data=frame(shift)) for shift in (0, 20))
    mlsnap.register_dataset("secret").create_snapshot("hidden", data=frame(3))
    with mlflow.start_run(run_name=HOSTILE) as run:
        mlsnap.log_snapshot(first, context="training")
        mlsnap.log_snapshot(second, context="testing")
    with mlflow.start_run(run_name="mixed") as mixed:
        mlsnap.log_snapshot(first, context="training")
        mlsnap.log_snapshot(mlsnap.get_dataset("secret").get_snapshot("hidden"), context="hidden")
    tags = {"mlsnap.reproduces": run.info.run_id, "mlsnap.verdict": "different"}
    with mlflow.start_run(run_name="again", tags=tags) as rerun:
        mlsnap.log_snapshot(second, context="training")
    return Story(run.info.run_id, mixed.info.run_id, rerun.info.run_id)


def experiment(name: str) -> str:
    found = MlflowClient().get_experiment_by_name(name)
    assert found is not None
    return str(found.experiment_id)


def all_pages(story: Story) -> dict[str, Page]:
    seen = site()
    return {
        "datasets": Page(datasets_page(seen)),
        "dataset": Page(dataset_page(seen, "crime", {})),
        "snapshot": Page(snapshot_page(seen, "crime", "v1")),
        "comparison": Page(comparison_page(seen, "crime@v1", "crime@v2")),
        "run": Page(run_page(seen, story.run)),
    }


@pytest.fixture(scope="module")
def pages(story: Story) -> dict[str, Page]:
    return all_pages(story)


KINDS = ["datasets", "dataset", "snapshot", "comparison", "run"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_names_and_data_adds_no_element(pages, kind):
    page = pages[kind]
    assert not page.all("img")
    assert "alert(1)" in page.text
    assert "<script>alert" not in page.html


@pytest.mark.parametrize("kind", KINDS)
def test_every_script_bears_the_nonce_and_nothing_acts_in_attributes(pages, kind):
    page = pages[kind]
    data = ("application/json", "text/html")
    scripts = [each for each in page.all("script") if each.get("type") not in data]
    assert scripts
    assert {each.get("nonce") for each in scripts} == {"chance"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]


@pytest.mark.parametrize("kind", KINDS)
def test_links_lead_to_these_pages_or_to_mlflow(pages, kind):
    for link in pages[kind].links:
        assert re.match(r"/px/(mlsnap/|#/|$)|#main$", link), link


@pytest.mark.parametrize("kind", KINDS)
def test_a_bar_leads_back_to_the_datasets_and_to_mlflow(pages, kind):
    assert {"/px/mlsnap/", "/px/"} <= set(pages[kind].links)


def test_the_list_has_each_dataset_with_its_newest_snapshot(pages):
    page = pages["datasets"]
    assert "2 datasets" in page.text
    assert {"/px/mlsnap/datasets/crime", "/px/mlsnap/datasets/crime/v2"} <= set(page.links)
    assert "/px/mlsnap/datasets/secret/hidden" in page.links


def test_no_dataset_is_said_to_be_none(project):
    text = Page(datasets_page(site())).text
    assert "There is no dataset yet" in text
    assert "mlsnap register" in text


def test_a_dataset_lists_its_snapshots_the_newest_first_with_what_changed(pages):
    page = pages["dataset"]
    found = [link for link in page.links if link.startswith("/px/mlsnap/datasets/crime/")]
    assert found == ["/px/mlsnap/datasets/crime/v2", "/px/mlsnap/datasets/crime/v1"]
    difference = "/px/mlsnap/compare?reference=crime%40v1&current=crime%40v2"
    assert difference in page.links
    assert f"/px/#/experiments/{experiment('mlsnap/crime')}/runs?workflowType=machine_learning" in (
        page.links
    )


def test_a_dataset_draws_its_time_line_and_the_drift_of_its_columns(pages):
    labels = [str(each.get("aria-label")) for each in pages["dataset"].all("svg")]
    assert any(label.startswith("Rows at 2 snapshots: first 80, last 80") for label in labels)
    assert "1 column drifted" in pages["dataset"].text
    assert sum("KS, of categories total variation" in label for label in labels) == 3


def test_pages_of_a_dataset_go_on_to_older_snapshots(story, monkeypatch):
    monkeypatch.setattr("mlsnap.pages.dataset_page._LISTED", 1)
    newer = Page(dataset_page(site(), "crime", {"page": "1"}))
    older = Page(dataset_page(site(), "crime", {"page": "2"}))
    assert "/px/mlsnap/datasets/crime?page=2#snapshots" in newer.links
    assert "/px/mlsnap/datasets/crime/v1" in older.links
    assert "/px/mlsnap/datasets/crime/v2" not in older.links
    assert not [link for link in older.links if "page=3" in link]


@pytest.mark.parametrize("number", ["0", "-1", "two", "99", "9" * 30, "²"])
def test_a_page_that_is_none_is_not_found(story, number):
    with pytest.raises(NotFoundError):
        dataset_page(site(), "crime", {"page": number})


def test_a_snapshot_shows_its_record_its_profile_and_its_runs(pages, story):
    page = pages["snapshot"]
    assert "80 rows" in page.text
    assert f"sha256:{mlsnap.get_dataset('crime').get_snapshot('v1').digest}" in page.text
    assert f"/px/mlsnap/runs/{story.run}" in page.links
    assert f"/px/#/experiments/0/runs/{story.run}" in page.links
    assert len([each for each in page.all("button") if each.get("class") == "name"]) == 3


def test_a_snapshot_leads_to_the_ones_beside_it(story):
    first, second = (Page(snapshot_page(site(), "crime", name)) for name in ("v1", "v2"))
    assert "/px/mlsnap/datasets/crime/v2" in first.links
    assert "/px/mlsnap/datasets/crime/v1" in second.links
    assert "/px/mlsnap/compare?reference=crime%40v1&current=crime%40v2" in second.links


def test_a_reproduction_is_told_beside_the_run_that_it_makes_again(story):
    page = Page(snapshot_page(site(), "crime", "v2"))
    assert f"makes {story.run[:8]} again: different" in page.text


def test_a_snapshot_without_its_profile_says_so(project):
    made = mlsnap.register_dataset("crime").create_snapshot(data=frame(0))
    kept = Path(MlflowClient().get_run(made.run_id).info.artifact_uri.removeprefix("file://"))
    (kept / "mlsnap" / "profile.json").write_text('{"columns": 3}')
    (kept / "mlsnap" / "snapshot.json").unlink()
    page = Page(snapshot_page(site(), "crime", "v1"))
    assert "Its profile is not there any more" in page.text
    assert "somebody deleted mlsnap/snapshot.json" in page.text


@pytest.mark.parametrize("name", ["v9", "hidden", "V1", "a/b", "' or 1=1"])
def test_a_snapshot_that_is_not_there_is_not_found(story, name):
    with pytest.raises(NotFoundError, match="no snapshot"):
        snapshot_page(site(), "crime", name)


def test_a_snapshot_that_failed_is_said_to_be_that(project):
    source = project / "data.csv"
    source.write_text("a\n1\n")
    crime = mlsnap.register_dataset("crime", source)
    source.unlink()
    with pytest.raises(mlsnap.errors.SourceError):
        crime.create_snapshot("broken")
    with pytest.raises(SnapshotFailedError, match="crime@broken is Failed"):
        snapshot_page(site(), "crime", "broken")


@pytest.mark.parametrize(
    ("reference", "current"),
    [("crime@v1", "crime@latest"), ("crime@latest~1", "crime@v2"), ("RUN", "RUN#testing")],
)
def test_snapshots_and_runs_are_compared(story, reference, current):
    sides = (each.replace("RUN", f"runs:/{story.run}") for each in (reference, current))
    page = Page(comparison_page(site(), *sides))
    assert "The data differs; both sides have 80 rows." in page.text
    assert "1 column drifted" in page.text


def test_a_digest_is_a_reference(story):
    digest = mlsnap.get_dataset("crime").get_snapshot("v1").digest
    page = Page(comparison_page(site(), f"crime@sha256:{digest[:12]}", "crime@v1"))
    assert "The data is identical" in page.text


@pytest.mark.parametrize(
    "reference",
    ["", "/etc/passwd", "data.csv", "sqlite:///x?query=1", "crime@v7", "crime@latest~9",
     f"crime@latest~{'9' * 40}", "crime@sha256:abcdef0123", "nothing@v1", "runs:/nothing",
     "runs:/" + 32 * "0", "models:/none/1", "models:/m-none", "x" * 5000],
)  # fmt: skip
def test_what_is_no_snapshot_run_or_model_is_not_found(story, reference):
    with pytest.raises(NotFoundError):
        comparison_page(site(), "crime@v1", reference)


def test_a_file_of_the_server_is_never_compared(story, tmp_path):
    (tmp_path / "data.csv").write_text("a\n1\n")
    with pytest.raises(NotFoundError, match="no reference to a snapshot, run or model"):
        comparison_page(site(), str(tmp_path / "data.csv"), "crime@v1")


def test_a_run_shows_its_data_by_context(story):
    page = Page(run_page(site(), story.run))
    assert "/px/mlsnap/datasets/crime/v1" in page.links
    assert "/px/mlsnap/datasets/crime/v2" in page.links
    assert f"/px/mlsnap/runs/{story.run}?context=testing" in page.links
    assert "Profile of its training data" in page.text
    other = Page(run_page(site(), story.run, "testing"))
    assert "Profile of its testing data" in other.text


def test_a_run_keeps_its_profile_when_the_snapshot_is_gone(project):
    crime = mlsnap.register_dataset("crime")
    with mlflow.start_run() as run:
        mlsnap.log_snapshot(crime.create_snapshot(data=frame(0)), context="training")
    crime.delete_snapshot("v1", force=True)
    page = Page(run_page(site(), run.info.run_id))
    assert "the snapshot is not there any more" in page.text
    assert not [link for link in page.links if link.endswith("/crime/v1")]
    assert len([each for each in page.all("button") if each.get("class") == "name"]) == 3


def test_a_reproduction_leads_to_the_original_and_to_what_differs(story):
    page = Page(run_page(site(), story.rerun))
    assert f"/px/mlsnap/runs/{story.run}" in page.links
    assert "other data" in page.text
    (difference,) = [link for link in page.links if "/compare?" in link]
    assert f"reference=runs%3A%2F{story.run}%23training" in difference


@pytest.mark.parametrize("run_id", ["", "..", "none", "0" * 32, "a/b"])
def test_a_run_that_is_not_there_is_not_found(story, run_id):
    with pytest.raises(NotFoundError):
        run_page(site(), run_id)


def test_a_run_without_data_says_so(story):
    with mlflow.start_run() as run:
        pass
    assert "knows of no data" in Page(run_page(site(), run.info.run_id)).text


class TestWhoMayNotReadADataset:
    """The experiment of the dataset ``secret`` is closed to them."""

    @pytest.fixture
    def seen(self, story):
        hidden = experiment("mlsnap/secret")
        return site(lambda experiment_id: str(experiment_id) != hidden)

    def test_does_not_see_it_in_the_list(self, seen):
        page = Page(datasets_page(seen))
        assert "secret" not in page.html
        assert "1 dataset" in page.text

    def test_gets_the_same_answer_as_for_one_that_is_not_there(self, seen):
        for ask in (
            lambda: dataset_page(seen, "secret", {}),
            lambda: snapshot_page(seen, "secret", "hidden"),
            lambda: comparison_page(seen, "secret@latest", "crime@v1"),
        ):
            with pytest.raises(NotFoundError) as refused:
                ask()
            assert refused.value.fact == "no dataset 'secret'"

    def test_does_not_read_its_name_on_the_page_of_a_run(self, seen, story):
        page = Page(run_page(seen, story.mixed_run))
        assert "/px/mlsnap/datasets/crime/v1" in page.links
        assert "secret" not in page.html

    def test_gets_no_near_name_of_it(self, seen):
        with pytest.raises(NotFoundError) as refused:
            dataset_page(seen, "secre", {})
        assert "secret" not in str(refused.value)


class TestWhoMayNotReadTheRuns:
    """The experiment of the trainings is closed to them."""

    @pytest.fixture
    def seen(self, story):
        return site(lambda experiment_id: str(experiment_id) != "0")

    def test_a_snapshot_has_no_runs(self, seen):
        assert "No run used it yet." in Page(snapshot_page(seen, "crime", "v1")).text

    def test_a_run_is_not_there(self, seen, story):
        with pytest.raises(NotFoundError, match="no run"):
            run_page(seen, story.run)

    def test_its_inputs_are_not_compared(self, seen, story):
        with pytest.raises(NotFoundError, match="no run"):
            comparison_page(seen, f"runs:/{story.run}", "crime@v1")


def test_looking_changes_nothing(project):
    crime = mlsnap.register_dataset("crime")
    crime.create_snapshot(data=frame(0))
    index = MlflowClient().search_runs([experiment("mlsnap")])[0].info.run_id
    MlflowClient().delete_run(index)
    assert "whatever uses it next mends it" in Page(dataset_page(site(), "crime", {})).text
    assert "/px/mlsnap/datasets/crime/v1" in Page(datasets_page(site())).links
    assert MlflowClient().get_run(index).info.lifecycle_stage == "deleted"


def test_a_run_that_only_claims_to_be_a_snapshot_is_passed_over(project):
    mlsnap.register_dataset("crime").create_snapshot(data=frame(0))
    tags = {"mlsnap.kind": "snapshot", "mlsnap.state": "ready", "mlsnap.name": "odd"}
    MlflowClient().create_run(experiment("mlsnap/crime"), tags=tags)
    assert "/px/mlsnap/datasets/crime/v1" in Page(datasets_page(site())).links
    assert "odd" not in Page(dataset_page(site(), "crime", {})).text
