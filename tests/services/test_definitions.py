"""Definitions with steps, their versions, and the states of datasets."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow.parquet as pq
import pytest
import workshop

import mlsnap
from mlsnap.errors import (
    ConfigError,
    DatasetStateError,
    DeprecatedDatasetWarning,
    InvalidNameError,
    MlsnapWarning,
    NameTakenError,
    NotFoundError,
    NotReproducibleError,
    SourceError,
)
from mlsnap.services.datasets import Dataset
from mlsnap.steps import cast, derive, drop, filter, function, rename, select, sql
from mlsnap.values.snapshot import Definition

PEOPLE = "name,age,town\nAda,36,London\nEd,50,\nEve,7,Paris\n"


@pytest.fixture
def people(project: Path) -> Dataset:
    Path("people.csv").write_text(PEOPLE)
    return mlsnap.register_dataset("people", "people.csv")


def adults(dataset: Dataset) -> Definition:
    return dataset.get_definition().with_steps(select("name", "age"), filter("age > 17"))


def test_an_update_with_steps_is_a_new_version_and_the_first_one_stays(people: Dataset) -> None:
    pytest.importorskip("duckdb")
    assert people.update_definition(adults(people), "adults only") == 2

    first, second = mlsnap.get_dataset("people").get_definitions().values()
    assert (first.steps, first.version) == ((), 1)
    assert second.steps == (
        {"step": "select", "columns": ["name", "age"]},
        {"step": "filter", "expression": "age > 17"},
    )
    assert (second.source, second.message) == (first.source, "adults only")
    assert people.to_pandas_dataframe()["name"].tolist() == ["Ada", "Ed"]


def test_a_dataset_is_registered_with_steps(project: Path) -> None:
    Path("people.csv").write_text(PEOPLE)

    made = mlsnap.register_dataset(
        "people",
        "people.csv",
        steps=[rename({"age": "years"}), {"step": "drop", "columns": ["town"]}],
    )

    assert made.get_profile().names == ["name", "years"]
    assert made.to_dict()["definition"]["steps"][0]["names"] == {"age": "years"}


def test_steps_are_reached_from_the_package() -> None:
    assert mlsnap.steps.select("a") == {"step": "select", "columns": ["a"]}


def test_a_snapshot_is_of_the_transformed_rows_and_says_which_version(people: Dataset) -> None:
    pytest.importorskip("duckdb")
    whole = people.create_snapshot("whole")
    people.update_definition(adults(people), "adults only")

    made = people.create_snapshot("adults", create_data_snapshot=True)

    assert (whole.row_count, made.row_count) == (3, 2)
    assert made.get_profile().names == ["name", "age"]
    assert made.record.definition == people.get_definition(2)
    assert made.to_pandas_dataframe()["age"].tolist() == [36, 50]
    assert not made.is_verbatim


def test_a_snapshot_is_taken_of_an_older_version(people: Dataset) -> None:
    people.update_definition(people.get_definition().with_steps(drop("town")), "no towns")

    old = people.create_snapshot("old", definition_version=1)

    assert old.record.definition.version == 1
    assert old.get_profile().names == ["name", "age", "town"]
    assert people.create_snapshot("new").record.definition.version == 2


def test_a_version_that_is_not_there_is_refused(people: Dataset) -> None:
    for version in (0, 2):
        with pytest.raises(NotFoundError, match=f"no definition {version} of dataset 'people'"):
            people.create_snapshot("x", definition_version=version)
    assert people.get_all_snapshots() == []


def test_a_frame_handed_over_is_read_by_no_version(people: Dataset) -> None:
    with pytest.raises(ConfigError, match="a frame handed over is not read by definition 1"):
        people.create_snapshot("x", data=pd.DataFrame({"a": [1]}), definition_version=1)


def test_a_snapshot_of_a_transformed_source_is_read_again_without_a_copy(people: Dataset) -> None:
    people.update_definition("people.csv", "no towns", steps=[drop("town")])
    made = people.create_snapshot("x")

    assert made.head(1).columns.tolist() == ["name", "age"]
    assert mlsnap.load("people@x").columns.tolist() == ["name", "age"]


def test_values_that_a_step_cannot_cast_are_errors_of_the_profile(people: Dataset) -> None:
    people.update_definition("people.csv", "small", steps=[cast({"name": "int8", "age": "int8"})])

    profile = people.create_snapshot("x").get_profile()

    assert profile["name"].error_count == profile["name"].missing_count == 3
    assert profile["age"].error_count == 0


def test_a_path_alone_is_a_definition_without_the_steps_before(people: Dataset) -> None:
    people.update_definition("people.csv", "no towns", steps=[drop("town")])
    people.update_definition("people.csv", "towns again")

    assert people.get_definition().steps == ()


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"step": "selct", "columns": ["age"]}, "no step 'selct'; near names: 'select'"),
        ({"step": "select"}, "lacks its argument 'columns'"),
        (select("agee"), r"step 1 \(select\): no column 'agee'; near names: 'age'"),
    ],
)
def test_a_step_that_does_not_fit_makes_no_version(people: Dataset, step, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        people.update_definition(people.get_definition().with_steps(step), "wrong")
    with pytest.raises(SourceError, match=message):
        mlsnap.register_dataset("other", "people.csv", steps=[step])

    assert mlsnap.get_dataset("people").definition_version == 1
    assert [each.name for each in mlsnap.search_datasets()] == ["people"]


def test_frames_have_no_steps(project: Path) -> None:
    with pytest.raises(SourceError, match="this definition has none\nHint: name a source, or tra"):
        mlsnap.register_dataset("frames", steps=[drop("a")])


def test_a_changed_function_is_refused_until_it_is_recorded_anew(people: Dataset) -> None:
    module = Path("cleaning_people.py")
    module.write_text("def clean(table):\n    return table.slice(1)\n")
    steps = [function("cleaning_people:clean")]
    people.update_definition("people.csv", "clean", steps=steps)
    assert people.get_profile().row_count == 2

    module.write_text("def clean(table):\n    return table.slice(2)\n\n\n")
    with pytest.raises(SourceError, match=r"'cleaning_people:clean' is not the recorded one"):
        people.create_snapshot("x")
    assert people.update_definition(people.get_definition(), "as it is now") == 3
    assert people.get_profile().row_count == 2, "the process holds the module it imported"


def test_updates_at_once_each_get_a_version_of_their_own(people: Dataset) -> None:
    others = [mlsnap.get_dataset("people") for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        made = pool.map(
            lambda each: each.update_definition("people.csv", "again", steps=[drop("town")]), others
        )

    assert sorted(made) == [2, 3, 4, 5]
    assert list(mlsnap.get_dataset("people").get_definitions()) == [1, 2, 3, 4, 5]


def stored_definition(dataset: Dataset, **changes: object) -> None:
    """Store version 1 anew, with fields as another mlsnap would have written them."""
    client = mlflow.MlflowClient()
    run_id = dataset._entry.index_run_id
    path = f"mlsnap/definitions/{dataset._entry.definitions[1]}.json"
    file = Path(client.download_artifacts(run_id, path))
    stored = json.loads(file.read_text())
    stored |= changes
    stored = {key: value for key, value in stored.items() if value is not None}
    client.log_text(run_id, json.dumps(stored), path)


def test_a_definition_from_before_there_were_steps_is_read(people: Dataset) -> None:
    stored_definition(people, steps=None)

    assert people.get_definition().steps == ()
    assert people.get_profile().row_count == 3


def test_a_field_of_a_newer_mlsnap_is_shown_but_its_data_is_not_read(people: Dataset) -> None:
    stored_definition(people, partition="year")

    assert people.get_definition().to_dict()["partition"] == "year"
    with pytest.raises(
        SourceError, match=r"says 'partition', which this version .*\nHint: use a new"
    ):
        people.create_snapshot("x")


def test_a_step_of_a_newer_mlsnap_is_named(people: Dataset) -> None:
    stored_definition(people, steps=[{"step": "pivot", "on": "town"}])

    with pytest.raises(SourceError, match=r"step 1 \(pivot\): no step 'pivot'.*\nHint: .* newer"):
        people.create_snapshot("x")


def test_definitions_with_steps_come_back_when_the_index_run_is_lost(people: Dataset) -> None:
    people.update_definition("people.csv", "no towns", steps=[drop("town")])
    people.create_snapshot("x")
    definition = people.get_definition()
    experiment = mlflow.get_experiment_by_name("mlsnap/people")
    mlflow.MlflowClient().set_experiment_tag(experiment.experiment_id, "mlsnap.index", "0" * 32)

    assert mlsnap.get_dataset("people").get_definition(2) == definition


def test_a_record_with_steps_survives_json(people: Dataset) -> None:
    people.update_definition("people.csv", "no towns", steps=[drop("town")])
    record = people.create_snapshot("x", create_data_snapshot=True).record

    assert type(record).from_dict(json.loads(json.dumps(record.to_dict()))) == record
    assert "newer" not in json.dumps(record.to_dict())


@mlsnap.track(inputs={"path": "people"}, create_data_snapshot=True)
def training(path: str) -> dict[str, float]:
    return {"rows": float(len(pd.read_csv(path)))}


def test_a_tracked_path_is_recorded_by_its_transformed_rows(people: Dataset) -> None:
    people.update_definition("people.csv", "no towns", steps=[drop("town")])

    training("people.csv")

    made = people.get_snapshot("v1")
    assert made.record.definition.version == 2
    assert not made.is_verbatim
    with mlflow.start_run():
        files = list(made.download("copy").rglob("*.parquet"))
    assert pq.read_table(files[0]).column_names == ["name", "age"]


def test_a_path_without_steps_is_still_kept_byte_for_byte(people: Dataset) -> None:
    training("people.csv")

    assert people.get_snapshot("v1").is_verbatim


LESSON = """
import pandas as pd

import mlsnap


@mlsnap.track(inputs={"path": "people"}, create_data_snapshot=True)
def training(path):
    return {"rows": float(len(pd.read_csv(path)))}
"""


def test_a_run_over_a_path_with_steps_is_made_again_while_the_source_is_unchanged(
    people: Dataset, project: Path
) -> None:
    people.update_definition("people.csv", "no towns", steps=[drop("town")])
    (project / "steps_lesson.py").write_text(LESSON)
    workshop.commit_all(project)
    workshop.import_from(project, "steps_lesson").training(str(project / "people.csv"))
    run_id = workshop.the_run().info.run_id
    people.archive()

    report = mlsnap.reproduce(run_id)

    assert report.verdict == "identical"
    again = mlflow.get_run(report.run_id)
    assert workshop.linked(again) == {"training": "people@v1"}
    Path("people.csv").write_text(PEOPLE.replace("36", "37"))
    with pytest.raises(NotReproducibleError, match=r"is not what .*\nHint: .*mlsnap\.load"):
        mlsnap.reproduce(run_id)


@mlsnap.track(inputs={"frame": "people"})
def frame_training(frame: pd.DataFrame) -> dict[str, float]:
    return {"rows": float(len(frame))}


def test_a_frame_that_was_loaded_through_steps_links_the_same_snapshot(people: Dataset) -> None:
    people.update_definition("people.csv", "fewer", steps=[select("age"), cast({"age": "int16"})])
    made = people.create_snapshot("x")

    frame_training(people.to_pandas_dataframe())

    assert len(made.runs()) == 1


def test_a_deprecated_dataset_warns_wherever_it_is_used(people: Dataset) -> None:
    people.create_snapshot("x", create_data_snapshot=True)
    mlsnap.register_dataset("better", "people.csv")
    people.deprecate("better")
    message = "'people' is deprecated; use 'better' instead"

    for use in (
        people.get_profile,
        people.to_pandas_dataframe,
        people.head,
        lambda: people.create_snapshot("y"),
        lambda: mlsnap.load("people@x"),
        lambda: frame_training(pd.DataFrame({"a": [1]})),
    ):
        with pytest.warns(DeprecatedDatasetWarning, match=message):
            use()


def test_an_archived_dataset_refuses_every_new_use(people: Dataset) -> None:
    people.create_snapshot("x", create_data_snapshot=True)
    people.archive()

    for use in (
        people.get_profile,
        people.to_pandas_dataframe,
        people.head,
        lambda: people.create_snapshot("y"),
        lambda: people.create_snapshot("y", data=pd.DataFrame({"a": [1]})),
        lambda: mlsnap.load("people@x"),
    ):
        with pytest.raises(DatasetStateError, match="'people' is archived\nHint: bring it back"):
            use()
    with pytest.warns(MlsnapWarning, match="'people' is archived"):
        frame_training(pd.DataFrame({"a": [1]}))


def test_snapshots_of_an_archived_dataset_stay_readable(people: Dataset) -> None:
    made = people.create_snapshot("x", create_data_snapshot=True)
    people.archive()

    found = mlsnap.get_dataset("people").get_snapshot("x")
    assert found.get_profile() == made.get_profile()
    assert found.to_pandas_dataframe()["age"].tolist() == [36, 50, 7]
    assert (found.verify(), len(found.head(2))) == ([], 2)
    assert mlsnap.compare("people@x", "people.csv")["age"].wasserstein == 0
    assert people.get_definition().source == str(Path("people.csv").absolute())


def test_a_dataset_that_is_reactivated_is_used_as_before(
    people: Dataset, recwarn: pytest.WarningsRecorder
) -> None:
    mlsnap.register_dataset("better")
    people.deprecate("better")
    people.archive()
    people.reactivate()

    assert people.create_snapshot("x").row_count == 3
    assert (people.state, people.replaced_by) == ("active", None)
    assert not [each for each in recwarn if each.category is DeprecatedDatasetWarning]


def test_a_dataset_is_not_replaced_by_itself(people: Dataset) -> None:
    with pytest.raises(InvalidNameError, match="'people' cannot be replaced by itself"):
        people.deprecate("people")

    assert mlsnap.get_dataset("people").state == "active"


def test_sql_and_derived_columns_reach_the_profile(people: Dataset) -> None:
    pytest.importorskip("duckdb")
    steps = [
        derive("decade", "age // 10", type="int8"),
        sql("SELECT decade, count(*) AS people FROM data GROUP BY decade ORDER BY decade"),
    ]
    people.update_definition("people.csv", "decades", steps=steps)

    profile = people.create_snapshot("x").get_profile()

    assert (profile.names, profile.row_count) == (["decade", "people"], 3)
    assert profile["decade"].arrow_type == "int8"


def test_a_copy_of_a_tracked_path_holds_rows_whose_types_show_late(people: Dataset) -> None:
    usual = "Ada,36\n"
    Path("people.csv").write_text("name,age\n" + usual * 171_000 + "Ed,50.5\n" + usual * 229_000)
    people.update_definition("people.csv", "ages", steps=[select("age")])

    training("people.csv")

    copied = people.get_snapshot("v1").to_pandas_dataframe()
    assert copied["age"].iloc[[0, 171_000]].tolist() == [36, 50.5]


def test_the_same_rows_by_another_version_are_the_same_content(people: Dataset) -> None:
    made = people.create_snapshot("x")
    people.update_definition("people.csv", "all", steps=[select("name", "age", "town")])

    assert people.create_snapshot("x").run_id == made.run_id
    people.update_definition("people.csv", "fewer", steps=[select("name")])
    with pytest.raises(NameTakenError, match="has other content"):
        people.create_snapshot("x")


def test_a_definition_keeps_its_fields_when_only_its_steps_change() -> None:
    given = Definition("/data/a.csv", "csv", {"delimiter": ";"}, newer={"x": 1})

    assert given.with_steps(drop("a")) == dataclasses.replace(
        given, steps=({"step": "drop", "columns": ["a"]},)
    )
    assert Definition.from_dict(given.to_dict()) == given
