"""What a table argument is, whose snapshot it becomes, and in which context."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import DeprecatedDatasetWarning, MlsnapWarning

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.mark.parametrize(
    "table",
    [
        FRAME,
        FRAME["x"],
        np.arange(3),
        np.eye(2),
        pa.table({"x": [1]}),
        pl.DataFrame({"x": [1]}),
        pl.Series("x", [1]),
    ],
    ids=lambda table: f"{type(table).__module__.partition('.')[0]}.{type(table).__name__}",
)
def test_tables_become_inputs_and_no_parameters(trainings: ModuleType, table: Any) -> None:
    trainings.anything(table)

    assert linked(the_run()) == {"training": "anything.value@v1"}
    assert the_run().data.params == {}


@pytest.mark.parametrize("value", ["wine.csv", 3, [1, 2], {"a": 1}, np.float64(1.0)])
def test_everything_else_is_a_parameter(trainings: ModuleType, value: Any) -> None:
    trainings.anything(value)

    assert linked(the_run()) == {}
    assert the_run().data.params == {"value": str(value)}


@pytest.mark.filterwarnings("ignore::mlsnap.errors.MlsnapWarning")
def test_an_array_of_three_dimensions_is_no_table(trainings: ModuleType) -> None:
    trainings.anything(np.zeros((1, 1, 1)))

    assert linked(the_run()) == {}


def test_tables_in_dicts_and_tuples_are_inputs_named_by_their_place(
    trainings: ModuleType,
) -> None:
    trainings.anything({"train": FRAME, "rest": (FRAME + 1, [FRAME + 2])})

    assert linked(the_run()) == {
        "value.train": "anything.value.train@v1",
        "value.rest.0": "anything.value.rest.0@v1",
        "value.rest.1.0": "anything.value.rest.1.0@v1",
    }


def test_the_first_input_alone_is_training_several_go_by_their_names(
    trainings: ModuleType,
) -> None:
    trainings.fit_two(FRAME, FRAME + 1, valid=FRAME + 2)

    assert linked(the_run()) == {
        "train": "wine@v1",
        "testing": "wine@v2",
        "valid": "fit_two.valid@v1",
    }


def test_contexts_with_odd_characters_are_told_apart(trainings: ModuleType) -> None:
    trainings.anything({"train set": FRAME, "train/set": FRAME + 1, "☃": FRAME + 2})

    run = the_run()
    assert len(set(linked(run).values())) == 3
    for place, shift in [("train set", 0), ("train/set", 1), ("☃", 2)]:
        difference = mlsnap.compare(FRAME, f"{run.info.run_id}#value.{place}")
        assert difference["x"].wasserstein == shift


def test_a_table_among_keyword_arguments_goes_by_its_own_name(trainings: ModuleType) -> None:
    trainings.fit_keywords(df=FRAME, other=FRAME + 1)

    assert linked(the_run()) == {"df": "wine@v1", "other": "fit_keywords.other@v1"}


def test_two_inputs_declared_for_one_context_are_both_kept(trainings: ModuleType) -> None:
    trainings.fit_same_context(FRAME, FRAME + 1)

    assert linked(the_run()) == {"same": "one@v1", "fit_same_context.b": "two@v1"}


def test_an_unknown_dataset_is_registered_as_one_of_frames(trainings: ModuleType) -> None:
    trainings.fit_wine(FRAME)

    wine = mlsnap.get_dataset("wine")
    assert wine.get_definition().source is None
    assert [each.name for each in wine.get_all_snapshots()] == ["v1"]


def test_the_same_content_passed_twice_is_one_snapshot_with_two_contexts(
    trainings: ModuleType,
) -> None:
    trainings.fit_two(FRAME, FRAME.copy())

    assert linked(the_run()) == {"train": "wine@v1", "testing": "wine@v1"}
    assert len(mlsnap.get_dataset("wine").get_all_snapshots()) == 1
    assert sorted(mlsnap.get_dataset("wine").get_snapshot("v1").runs()["context"]) == [
        "testing",
        "train",
    ]


def test_known_content_is_linked_to_its_newest_snapshot_and_nothing_is_made(
    trainings: ModuleType,
) -> None:
    wine = mlsnap.register_dataset("wine")
    for name in ("a", "b"):
        wine.create_snapshot(name, data=FRAME, create_data_snapshot=True)
    wine.create_snapshot("other", data=FRAME + 1, create_data_snapshot=True)

    trainings.fit_wine(FRAME)

    assert linked(the_run()) == {"training": "wine@b"}
    assert len(wine.get_all_snapshots()) == 3


def test_where_only_the_copy_is_missing_a_new_snapshot_is_made(trainings: ModuleType) -> None:
    wine = mlsnap.register_dataset("wine")
    wine.create_snapshot("bare", data=FRAME)

    trainings.fit_wine(FRAME)

    assert linked(the_run()) == {"training": "wine@v2"}
    assert wine.get_snapshot("v2").is_data_snapshot_available()
    assert not wine.get_snapshot("bare").is_data_snapshot_available()


def test_hashing_and_profiling_end_before_the_body_changes_the_frame(
    trainings: ModuleType,
) -> None:
    frame = FRAME.assign(y=1)

    trainings.change_in_place(frame)

    assert frame.to_dict("list") == {"x": [0, 0, 0]}
    (snapshot,) = mlsnap.get_dataset("change_in_place.df").get_all_snapshots()
    assert snapshot.get_profile()["x"].max == 3
    assert snapshot.digest == mlsnap.profile(FRAME.assign(y=1)).digest


def test_a_path_that_inputs_names_is_snapshotted_as_its_file(
    trainings: ModuleType, project: Path
) -> None:
    FRAME.to_csv("wine.csv", index=False)

    assert trainings.fit_file("wine.csv") == 3

    snapshot = mlsnap.get_dataset("wine").get_snapshot("v1")
    assert linked(the_run()) == {"training": "wine@v1"}
    assert snapshot.record.provenance.source == str(project / "wine.csv")
    assert the_run().data.params == {}


def test_a_path_is_read_with_the_options_of_its_dataset(trainings: ModuleType) -> None:
    Path("wine.dat").write_text("x;y\n1;2\n")
    mlsnap.register_dataset("wine", "wine.dat", format="csv", options={"delimiter": ";"})

    trainings.fit_file("wine.dat")

    assert mlsnap.get_dataset("wine").get_snapshot("v1").record.column_count == 2


def test_a_frame_for_a_dataset_of_files_changes_no_definition(trainings: ModuleType) -> None:
    FRAME.to_csv("wine.csv", index=False)
    wine = mlsnap.register_dataset("wine", "wine.csv")

    trainings.fit_wine(FRAME + 1)

    snapshot = wine.get_snapshot("v1")
    assert snapshot.record.provenance.source == "frame handed over (pandas.DataFrame)"
    assert mlsnap.get_dataset("wine").definition_version == 1


def test_a_deprecated_dataset_warns_and_an_archived_one_is_said(trainings: ModuleType) -> None:
    wine = mlsnap.register_dataset("wine")
    wine.deprecate()
    with pytest.warns(DeprecatedDatasetWarning, match="'wine' is deprecated"):
        trainings.fit_wine(FRAME)
    wine.archive()
    with pytest.warns(MlsnapWarning, match="'df': the dataset 'wine' is archived"):
        trainings.fit_wine(FRAME)

    assert [linked(run) for run in training_runs()] == [{"training": "wine@v1"}, {}]


def test_mlflow_finds_the_run_by_the_name_of_the_snapshot(trainings: ModuleType) -> None:
    trainings.fit_wine(FRAME)

    found = mlflow.search_runs(filter_string="dataset.name = 'wine@v1'", output_format="list")
    assert [run.info.run_id for run in found] == [the_run().info.run_id]
