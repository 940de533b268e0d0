"""The drift that is stored with each snapshot, and the time line that is read back from it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow import MlflowClient

import mlsnap
from mlsnap.errors import SourceError
from mlsnap.report.drift_series import most_drifted_first
from mlsnap.report.html import drift_values
from mlsnap.report.traces import timeline_of
from mlsnap.services.comparison import timeline as stored
from mlsnap.services.datasets import Dataset
from mlsnap.services.workspace import open_workspace
from mlsnap.values.timeline import DriftRecord, Timeline, TimelinePoint, TimelineStep, Trace

TOWNS = ["Rome", "Oslo", "Oslo", "Bonn"] * 100


def week(shift: float, rows: int = 400) -> pd.DataFrame:
    ages = np.linspace(20, 60, rows) + shift
    towns = TOWNS[:rows] if shift < 20 else ["Rome"] * rows
    return pd.DataFrame({"age": ages, "town": towns, "same": 1})


@mlsnap.track(inputs={"frame": "wine"})
def train(frame: pd.DataFrame) -> None:
    """What a tracked call needs."""


def fill(wine: Dataset) -> Dataset:
    """Four snapshots; the last but one drifted, the last has the content of the one before it."""
    for shift in (0, 1, 30, 30):
        wine.create_snapshot(data=week(shift))
    return wine


@pytest.fixture(scope="module")
def weeks(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    """A dataset of four weeks in a project that no test changes."""
    folder = tmp_path_factory.mktemp("weeks")
    shutil.copy(empty_database, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patched.setenv("MLSNAP_DATA_DIRECTORY", str(folder / "store"))
        yield fill(mlsnap.register_dataset("wine"))


def timeline(name: str = "wine", *, last: int | None = 100) -> Timeline:
    workspace = open_workspace()
    return stored.timeline(workspace, workspace.catalog.get(name), last=last)


def series(name: str = "wine") -> list[TimelinePoint]:
    workspace = open_workspace()
    return stored.series(workspace, workspace.catalog.get(name))


def newest(name: str = "wine") -> TimelineStep:
    return timeline(name).steps[-1]


def newest_trace(name: str = "wine") -> Trace:
    trace = newest(name).trace
    assert trace is not None
    return trace


def folder_of(wine: Dataset, snapshot: str) -> Path:
    run = mlflow.get_run(wine.get_snapshot(snapshot).run_id)
    return Path(run.info.artifact_uri) / "mlsnap"


def test_each_snapshot_is_compared_with_the_one_before_when_it_is_made(weeks: Dataset) -> None:
    steps = timeline().steps

    assert [step.name for step in steps] == ["wine@v1", "wine@v2", "wine@v3", "wine@v4"]
    assert [step.trace and step.trace.reference for step in steps] == [
        None,
        "wine@v1",
        "wine@v2",
        "wine@v3",
    ]
    assert [step.trace and step.trace.drifted_count for step in steps] == [None, 0, 2, 0]


def test_a_step_knows_its_number_moment_and_rows(weeks: Dataset) -> None:
    step = timeline().steps[1]

    assert (step.number, step.rows) == (2, 400)
    assert step.at == weeks.get_snapshot("v2").record.created


def test_what_is_stored_is_drawn_as_the_drift_that_is_computed_anew(weeks: Dataset) -> None:
    live = timeline_of(mlsnap.drift("wine", against="previous"))

    assert drift_values(timeline())["data"] == drift_values(live)["data"]
    for column, again in zip(most_drifted_first(timeline()), most_drifted_first(live), strict=True):
        assert (column.name, column.type, column.drifted) == (again.name, again.type, again.drifted)


def test_the_file_names_what_the_snapshot_was_compared_with(weeks: Dataset) -> None:
    written = json.loads((folder_of(weeks, "v2") / "drift.json").read_text())

    before = weeks.get_snapshot("v1")
    assert (written["format"], written["problem"]) == (1, None)
    assert (written["reference"], written["number"]) == ("wine@v1", 1)
    assert written["digest"] == before.digest


def test_the_first_snapshot_has_nothing_to_be_compared_with(weeks: Dataset) -> None:
    first = timeline().steps[0]

    assert (first.trace, first.problem) == (None, None)
    assert not (folder_of(weeks, "v1") / "drift.json").exists()
    assert timeline().left_out == ()


def test_only_the_newest_are_read_if_so_asked(weeks: Dataset) -> None:
    assert [step.number for step in timeline(last=2)] == [3, 4]
    assert len(timeline(last=None)) == 4


def test_the_share_of_drifted_columns_is_a_metric_of_both_runs(weeks: Dataset) -> None:
    index = mlflow.get_experiment_by_name("mlsnap/wine").tags["mlsnap.index"]
    history = MlflowClient().get_metric_history(index, "drifted_to_previous")

    assert [(point.step, point.value) for point in history] == [
        (2, 0.0),
        (3, pytest.approx(2 / 3)),
        (4, 0.0),
    ]
    run = mlflow.get_run(weeks.get_snapshot("v3").run_id)
    assert run.data.metrics["drifted_to_previous"] == pytest.approx(2 / 3)


def test_the_series_of_all_snapshots_comes_from_the_index_run(weeks: Dataset) -> None:
    points = series()

    assert [point.number for point in points] == [1, 2, 3, 4]
    assert [point.rows for point in points] == [400] * 4
    assert [point.percent_missing for point in points] == [0.0] * 4
    assert [point.drifted for point in points] == [None, 0.0, pytest.approx(2 / 3), 0.0]
    assert points[0].at == weeks.get_snapshot("v1").record.created


def test_logging_the_same_drift_adds_nothing_to_the_time_line(wine: Dataset) -> None:
    fill(wine)
    before = series()

    run_id = mlsnap.log_drift(mlsnap.drift("wine", against="previous"))

    assert series() == before
    assert len(MlflowClient().get_metric_history(run_id, "drifted_to_previous")) == 3


def test_deleted_snapshots_are_no_points_and_no_steps(wine: Dataset) -> None:
    fill(wine).delete_snapshot("v2")

    assert [point.number for point in series()] == [1, 3, 4]
    assert [step.number for step in timeline()] == [1, 3, 4]


def test_a_deleted_snapshot_is_nothing_to_compare_with(wine: Dataset) -> None:
    for shift in (0, 30):
        wine.create_snapshot(data=week(shift))
    wine.delete_snapshot("v2")

    wine.create_snapshot(data=week(1))

    assert newest_trace().reference == "wine@v1"
    assert newest_trace().drifted_count == 0


def test_a_failed_creation_is_nothing_to_compare_with(wine: Dataset) -> None:
    wine.create_snapshot(data=week(0))
    with pytest.raises(SourceError):
        wine.create_snapshot("bad")

    wine.create_snapshot("good", data=week(1))

    assert (newest().number, newest_trace().reference) == (3, "wine@v1")


def test_a_snapshot_is_compared_with_one_before_it_though_a_later_one_is_ready(
    wine: Dataset,
) -> None:
    wine.create_snapshot(data=week(0))
    with pytest.raises(SourceError):
        wine.create_snapshot("slow")
    wine.create_snapshot("quick", data=week(30))

    wine.create_snapshot("slow", data=week(1))

    references = {step.name: step.trace and step.trace.reference for step in timeline()}
    assert references == {"wine@v1": None, "wine@slow": "wine@v1", "wine@quick": "wine@v1"}


def test_of_the_same_content_the_profile_before_is_not_needed(wine: Dataset) -> None:
    wine.create_snapshot(data=week(0))
    shutil.rmtree(folder_of(wine, "v1"))

    wine.create_snapshot("again", data=week(0))

    trace = newest_trace()
    assert (trace.identical, trace.drifted_count, trace.drifted_share) == (True, 0, 0.0)
    assert trace.values["telling"] == [0.0] * 3


def test_a_profile_that_is_lost_fails_no_creation_and_is_told(wine: Dataset) -> None:
    wine.create_snapshot(data=week(0))
    (folder_of(wine, "v1") / "profile.json").unlink()

    made = wine.create_snapshot(data=week(1))

    assert made.get_status() == "Completed"
    assert newest().trace is None
    assert "there is no mlsnap/profile.json below" in str(newest().problem)
    (sentence,) = timeline().left_out
    assert sentence.startswith("drift of 1 snapshot not known: there is no mlsnap/profile.json")
    assert series()[-1].drifted is None


def test_a_profile_that_cannot_be_read_fails_no_creation_and_is_told(wine: Dataset) -> None:
    wine.create_snapshot(data=week(0))
    (folder_of(wine, "v1") / "profile.json").write_text("{")

    wine.create_snapshot(data=week(1))

    assert newest().trace is None
    assert newest().problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "it is lost"),
        ("{", "what is stored cannot be read"),
        ('{"format": 1}', "what is stored cannot be read"),
        (
            '{"format": 2, "reference": "wine@v1", "number": 1, "digest": ""}',
            "stored in format 2, this mlsnap reads up to 1",
        ),
    ],
)
def test_a_drift_that_cannot_be_read_is_a_gap(
    wine: Dataset, text: str | None, problem: str
) -> None:
    for shift in (0, 1):
        wine.create_snapshot(data=week(shift))
    file = folder_of(wine, "v2") / "drift.json"
    file.unlink() if text is None else file.write_text(text)

    assert newest().trace is None
    assert timeline().left_out == (f"drift of 1 snapshot not known: {problem}",)


def test_snapshots_of_earlier_versions_are_a_gap(wine: Dataset) -> None:
    for shift in (0, 1):
        run_id = wine.create_snapshot(data=week(shift)).run_id
        MlflowClient().delete_tag(run_id, "mlsnap.compared_with")

    assert [step.trace for step in timeline()] == [None, None]
    assert timeline().left_out == (
        "drift of 2 snapshots not known: made by an earlier version of mlsnap",
    )


def test_columns_that_come_go_and_change_are_told(wine: Dataset) -> None:
    wine.create_snapshot(data=week(0))
    wine.create_snapshot(
        data=pd.DataFrame({"same": ["a", "b"], "age": [20.0, 60.0], "new": [1, 2]})
    )

    trace = newest_trace()

    assert (trace.added, trace.removed, trace.retyped) == (["new"], ["town"], ["same"])
    assert trace.reordered
    assert list(trace.columns) == ["age", "same"]


def test_where_no_column_is_the_same_there_is_no_share(wine: Dataset) -> None:
    wine.create_snapshot(data=pd.DataFrame({"a": [1]}))
    wine.create_snapshot(data=pd.DataFrame({"b": [1]}))

    assert newest_trace().drifted_share is None
    assert (newest_trace().added, newest_trace().removed) == (["b"], ["a"])
    assert series()[-1].drifted is None


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"x": []}),
        pd.DataFrame({"x": [None, None]}),
        pd.DataFrame({"x": [np.inf, -np.inf, np.nan, 1.0]}),
        pd.DataFrame({"a.b": [1], 'quo"te': [2], "line\nbreak": [3], "🔑": [4], "": [5]}),
        pd.DataFrame({"x": [2**62, -(2**62)], "y": [1.7e308, -1.7e308]}),
    ],
    ids=["nothing", "no rows", "nulls", "not finite", "odd names", "far apart"],
)
def test_any_table_can_follow_any_other(wine: Dataset, frame: pd.DataFrame) -> None:
    wine.create_snapshot(data=week(0))
    wine.create_snapshot(data=frame)
    wine.create_snapshot(data=pd.concat([frame, frame]))
    wine.create_snapshot(data=week(1))

    assert [step.problem for step in timeline()] == [None] * 4
    assert drift_values(timeline())["drift"] == timeline()


def test_new_data_of_a_tracked_call_has_its_drift_too(project: Path) -> None:
    train(week(0))
    train(week(30))

    assert newest_trace().drifted_count == 2


def test_a_dataset_without_snapshots_has_an_empty_time_line(wine: Dataset) -> None:
    assert (len(timeline()), series()) == (0, [])


numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    columns = draw(st.lists(st.text(max_size=4), unique=True, max_size=4))
    count = len(columns)

    def line(values: st.SearchStrategy) -> list:
        return draw(st.lists(values, min_size=count, max_size=count))

    measures = draw(st.sets(st.sampled_from(["telling", "mean"])))
    return Trace(
        reference="wine@v1",
        columns=columns,
        types=line(st.sampled_from(["STRING", "DATE"])),
        drifted=line(st.booleans()),
        changes=line(st.floats(0, 1)),
        values={name: line(numbers) for name in measures},
        usual={name: line(numbers) for name in measures},
        added=draw(st.lists(st.text(max_size=2))),
        reordered=draw(st.booleans()),
    )


@given(traces())
@settings(max_examples=50)
def test_a_trace_comes_back_from_its_json_with_six_digits(trace: Trace) -> None:
    record = DriftRecord("wine@v1", 1, "ab", trace)

    again = DriftRecord.from_dict(json.loads(json.dumps(record.to_dict()))).trace

    assert again is not None
    assert (again.columns, again.types, again.drifted, again.added) == (
        trace.columns,
        trace.types,
        trace.drifted,
        trace.added,
    )
    assert again.drifted_share == trace.drifted_share
    for name, values in trace.values.items():
        for value, found in zip(values, again.values[name], strict=True):
            assert (found is None) == (value is None)
            assert value is None or found == pytest.approx(value, rel=1e-5, abs=1e-300)
