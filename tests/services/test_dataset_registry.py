"""Registered datasets and the versions of their definitions."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import NameTakenError, NotFoundError, SourceError
from mlsnap.services.datasets import Dataset
from mlsnap.values.snapshot import Definition

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def crime(project: Path) -> Dataset:
    FRAME.to_csv("crime.csv", index=False)
    return mlsnap.register_dataset("crime", "crime.csv", description="Chicago", tags={"a": "b"})


def test_what_was_registered_is_found_again(crime: Dataset, project: Path) -> None:
    found = mlsnap.get_dataset("crime")

    assert (found.name, found.description, found.tags) == ("crime", "Chicago", {"a": "b"})
    assert found.get_definition() == Definition(source=str(project / "crime.csv"), format="csv")
    assert found.to_dict()["state"] == "active"
    assert [each.name for each in mlsnap.search_datasets()] == ["crime"]


def test_a_dataset_reads_its_source_as_it_is_now(crime: Dataset) -> None:
    assert crime.to_pandas_dataframe().equals(FRAME)
    assert crime.head(2).equals(FRAME.head(2))
    assert crime.get_profile().row_count == 3
    (FRAME + 1).to_csv("crime.csv", index=False)
    assert crime.get_profile()["x"].max == 4


def test_a_name_is_registered_once(crime: Dataset) -> None:
    with pytest.raises(NameTakenError, match=r"'crime' is registered already\nHint: use get_data"):
        mlsnap.register_dataset("crime", "crime.csv")


def test_exist_ok_returns_the_one_that_is_there_as_it_is(crime: Dataset) -> None:
    again = mlsnap.register_dataset("crime", description="other", exist_ok=True)

    assert again.description == "Chicago"
    assert again.definition_version == 1


def test_an_unknown_dataset_is_named_with_those_near_it(crime: Dataset) -> None:
    with pytest.raises(NotFoundError, match=r"no dataset 'crimes'; near names: 'crime'\nHint: "):
        mlsnap.get_dataset("crimes")


def test_a_source_that_is_not_there_is_named_with_those_near_it(crime: Dataset) -> None:
    with pytest.raises(SourceError, match=r"no file or folder .*crim\.csv'; near .*'crime\.csv'"):
        mlsnap.register_dataset("other", "crim.csv")

    assert [each.name for each in mlsnap.search_datasets()] == ["crime"]


def test_a_dataset_whose_experiment_was_deleted_says_how_to_bring_it_back(crime: Dataset) -> None:
    experiment = mlflow.get_experiment_by_name("mlsnap/crime")
    mlflow.delete_experiment(experiment.experiment_id)

    with pytest.raises(NotFoundError, match="no dataset 'crime'"):
        mlsnap.get_dataset("crime")
    with pytest.raises(NameTakenError, match="belongs to a deleted experiment of MLflow\nHint: re"):
        mlsnap.register_dataset("crime")


def test_an_update_adds_a_version_and_erases_none(crime: Dataset, project: Path) -> None:
    (FRAME * 2).to_parquet("new.parquet")

    assert crime.update_definition("new.parquet", "now as Parquet") == 2

    definitions = mlsnap.get_dataset("crime").get_definitions()
    assert {version: each.source for version, each in definitions.items()} == {
        1: str(project / "crime.csv"),
        2: str(project / "new.parquet"),
    }
    assert definitions[2].message == "now as Parquet"
    assert crime.create_snapshot("x").get_profile()["x"].max == 6
    assert crime.create_snapshot("x").record.definition.version == 2


def test_an_update_takes_a_definition_with_its_options(crime: Dataset) -> None:
    Path("semi.csv").write_text("x;y\n1;2\n")
    given = Definition(str(Path("semi.csv").absolute()), "csv", {"delimiter": ";"}, version=99)

    assert crime.update_definition(given, "semicolons") == 2
    assert crime.get_definition(2).options == {"delimiter": ";"}
    assert crime.get_profile().row_count == 1


def test_a_long_definition_has_no_limit(crime: Dataset) -> None:
    long = Definition(source="/" + "x" * 50_000, format="csv")

    assert crime.update_definition(long, "far away") == 2
    assert mlsnap.get_dataset("crime").get_definition().source == long.source


def test_two_that_update_at_once_get_different_versions(crime: Dataset) -> None:
    other = mlsnap.get_dataset("crime")

    versions = [crime.update_definition("crime.csv", "a"), other.update_definition("crime.csv", "")]

    assert versions == [2, 3]


def test_an_unknown_version_is_named_with_those_there_are(crime: Dataset) -> None:
    with pytest.raises(NotFoundError, match=r"no definition 7 of dataset 'crime'\nHint: .* are 1"):
        crime.get_definition(7)


def test_an_update_to_nothing_changes_nothing(crime: Dataset) -> None:
    with pytest.raises(SourceError, match="no file or folder"):
        crime.update_definition("nowhere.csv", "lost")

    assert mlsnap.get_dataset("crime").definition_version == 1


def test_deprecating_in_favour_of_an_unknown_dataset_is_refused(crime: Dataset) -> None:
    with pytest.raises(NotFoundError, match="no dataset 'better'"):
        crime.deprecate("better")

    assert mlsnap.get_dataset("crime").state == "active"
