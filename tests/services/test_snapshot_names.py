"""Names of snapshots, and what a second snapshot of a name or a content is."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlsnap
from mlsnap.errors import (
    ConfigError,
    DatasetStateError,
    DeprecatedDatasetWarning,
    InvalidNameError,
    NameTakenError,
    NotFoundError,
    RemoteError,
    SnapshotFailedError,
    SourceError,
)
from mlsnap.services.datasets import Dataset
from mlsnap.services.references import find_snapshot
from mlsnap.values.snapshot import Status

FRAME = pd.DataFrame({"x": [1, 2, 3], "y": ["a", None, "c"]})
OTHER = FRAME.assign(x=[1, 2, 4])


def stored(objects: Path) -> set[str]:
    return {file.name for file in objects.rglob("files/md5/*/*") if file.is_file()}


@pytest.mark.parametrize("name", ["a", "2019", "A.b-c_d", "x" * 100, "v7"])
def test_a_name_of_legal_characters_is_kept_as_it_is(wine: Dataset, name: str) -> None:
    assert wine.create_snapshot(name, data=FRAME).name == name
    assert mlsnap.get_dataset("wine").get_snapshot(name).row_count == 3


@pytest.mark.parametrize("name", ["", "a/b", "-a", "a b", "x" * 101, "x" * 300, "a\n", "ä", "a\0"])
def test_an_illegal_name_is_refused_with_its_value(wine: Dataset, name: str) -> None:
    with pytest.raises(InvalidNameError, match="cannot name a snapshot\nHint: use 1 to 100") as no:
        wine.create_snapshot(name, data=FRAME)
    assert repr(name)[:50] in no.value.fact
    with pytest.raises(InvalidNameError, match="cannot name a dataset"):
        mlsnap.register_dataset(name)


def test_latest_is_no_name_since_it_means_the_newest(wine: Dataset) -> None:
    with pytest.raises(InvalidNameError, match="'latest' cannot name a snapshot"):
        wine.create_snapshot("latest", data=FRAME)


def test_omitted_names_count_up(wine: Dataset) -> None:
    names = [wine.create_snapshot(data=FRAME + FRAME * at).name for at in range(3)]

    assert names == ["v1", "v2", "v3"]


def test_an_omitted_name_is_the_number_among_all_snapshots(wine: Dataset) -> None:
    wine.create_snapshot("first", data=FRAME)

    assert wine.create_snapshot(data=FRAME).name == "v2"


def test_an_omitted_name_goes_on_where_somebody_took_it(wine: Dataset) -> None:
    wine.create_snapshot("v2", data=FRAME)

    assert wine.create_snapshot(data=FRAME).name == "v3"
    assert wine.create_snapshot(data=FRAME).name == "v4"


def test_latest_is_the_highest_number_and_not_the_newest_clock(
    wine: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    wine.create_snapshot("first", data=FRAME)
    with monkeypatch.context() as past:
        real = time.time
        past.setattr(time, "time", lambda: real() - 86_400)
        wine.create_snapshot("second", data=OTHER)

    assert find_snapshot("wine@latest").name == "second"
    assert find_snapshot("wine@latest~1").name == "first"
    assert [each.name for each in wine.get_all_snapshots()] == ["second", "first"]


def test_a_deleted_snapshot_is_not_the_latest(wine: Dataset) -> None:
    wine.create_snapshot("first", data=FRAME)
    wine.create_snapshot("second", data=OTHER)
    wine.delete_snapshot("second")

    assert find_snapshot("wine@latest").name == "first"


def test_the_same_name_with_the_same_content_returns_the_snapshot_that_is_there(
    wine: Dataset,
) -> None:
    made = wine.create_snapshot("x", data=FRAME)

    again = wine.create_snapshot("x", data=FRAME.copy())

    assert again.run_id == made.run_id
    assert len(wine.get_all_snapshots()) == 1


def test_the_same_name_and_content_with_a_copy_asked_for_and_there_returns_it(
    wine: Dataset,
) -> None:
    made = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)

    assert wine.create_snapshot("x", data=FRAME, create_data_snapshot=True).run_id == made.run_id


def test_the_same_name_with_other_content_is_an_error_that_says_so(wine: Dataset) -> None:
    wine.create_snapshot("x", data=FRAME)

    with pytest.raises(
        NameTakenError, match=r"'wine@x' has other content: digest \w+…, not \w+…\n"
    ):
        wine.create_snapshot("x", data=OTHER)

    assert wine.get_snapshot("x").get_profile()["x"].max == 3


def test_a_copy_asked_for_where_there_is_none_is_an_error_that_says_so(wine: Dataset) -> None:
    wine.create_snapshot("x", data=FRAME)

    with pytest.raises(NameTakenError, match="'wine@x' has this content but no copy of the data"):
        wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)


def test_the_same_content_under_a_new_name_is_a_new_snapshot_that_shares_all_objects(
    wine: Dataset, objects: Path
) -> None:
    first = wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    before = stored(objects)

    second = wine.create_snapshot("b", data=FRAME, create_data_snapshot=True)

    assert second.run_id != first.run_id
    assert second.digest == first.digest
    assert before
    assert stored(objects) == before
    assert second.to_pandas_dataframe().equals(FRAME)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([0, 1]), min_size=1, max_size=3))
def test_whatever_the_order_a_name_keeps_its_first_content(
    wine: Dataset, contents: list[int]
) -> None:
    name = "n" + "-".join(map(str, contents))
    frames = [FRAME, OTHER]
    first = wine.create_snapshot(name, data=frames[contents[0]])

    for content in contents:
        if content == contents[0]:
            assert wine.create_snapshot(name, data=frames[content]).run_id == first.run_id
        else:
            with pytest.raises(NameTakenError):
                wine.create_snapshot(name, data=frames[content])


def test_a_frame_and_a_file_of_the_same_rows_are_the_same_content(
    wine: Dataset, project: Path
) -> None:
    FRAME.to_parquet("wine.parquet")
    files = mlsnap.register_dataset("files", "wine.parquet")

    made = files.create_snapshot("x")

    assert made.digest == wine.create_snapshot("x", data=FRAME).digest
    assert files.create_snapshot("x", data=FRAME).run_id == made.run_id


def test_a_frame_handed_to_a_dataset_of_files_says_so_and_changes_no_definition(
    project: Path,
) -> None:
    FRAME.to_csv("wine.csv", index=False)
    files = mlsnap.register_dataset("files", "wine.csv")

    made = files.create_snapshot("x", data=OTHER)

    assert made.record.provenance.source == "frame handed over (pandas.DataFrame)"
    assert files.get_definition().source == str(project / "wine.csv")
    assert files.definition_version == made.record.definition.version == 1


def test_a_frame_dataset_has_no_source_of_its_own(wine: Dataset) -> None:
    with pytest.raises(SourceError, match="no source of its own\nHint: hand a frame over"):
        wine.create_snapshot("x")

    assert wine.get_snapshot("x").get_status() is Status.FAILED


def test_a_failed_creation_can_be_taken_up_under_its_name(wine: Dataset) -> None:
    with pytest.raises(SourceError):
        wine.create_snapshot("x")
    failed = wine.get_snapshot("x")
    with pytest.raises(SnapshotFailedError, match=r"wine@x is Failed: SourceError: .* no source"):
        failed.wait_for_completion(show_output=False)

    made = wine.create_snapshot("x", data=FRAME)

    assert made.run_id == failed.run_id
    assert wine.get_snapshot("x").get_status() is Status.COMPLETED
    assert [each.number for each in wine.summaries()] == [1]


def test_an_unknown_snapshot_is_named_with_those_near_it(wine: Dataset) -> None:
    wine.create_snapshot("crime-2020", data=FRAME)

    with pytest.raises(NotFoundError) as no:
        wine.get_snapshot("crime-2019")

    assert str(no.value) == (
        "no snapshot 'crime-2019' in dataset 'wine'; near names: 'crime-2020'\n"
        "Hint: list them with `mlsnap list wine`"
    )


def test_an_unknown_compute_target_is_refused(wine: Dataset) -> None:
    with pytest.raises(ConfigError, match="no compute target 'loca'; near names: 'local'"):
        wine.create_snapshot(data=FRAME, compute_target="loca")


def test_an_unknown_remote_is_refused_before_a_name_is_claimed(wine: Dataset) -> None:
    with pytest.raises(RemoteError, match="no remote 'backup' in the DVC config"):
        wine.create_snapshot("x", data=FRAME, create_data_snapshot=True, target_datastore="backup")

    with pytest.raises(NotFoundError):
        wine.get_snapshot("x")


def test_an_archived_dataset_refuses_and_a_deprecated_one_warns(wine: Dataset) -> None:
    mlsnap.register_dataset("better")
    wine.deprecate("better")
    with pytest.warns(DeprecatedDatasetWarning, match="'wine' is deprecated; use 'better' instead"):
        wine.create_snapshot("x", data=FRAME)
    wine.archive()
    message = "archived; use 'better' instead\nHint: bring it back"
    with pytest.raises(DatasetStateError, match=message):
        wine.create_snapshot("y", data=FRAME)
    assert wine.get_snapshot("x").row_count == 3
    wine.reactivate()
    assert wine.create_snapshot("y", data=FRAME).name == "y"


def test_the_record_says_who_made_it_of_what_with_which_code(wine: Dataset) -> None:
    record = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True).record

    assert record.provenance.mlsnap_version == mlsnap.__version__
    assert record.provenance.creator
    assert (record.number, record.row_count, record.column_count) == (1, 3, 2)
    assert len(record.digest) == 64
    assert record.data is not None
    assert record.data.size > 0


def test_a_profile_is_read_back_as_it_was_made(wine: Dataset) -> None:
    wine.create_snapshot("x", data=FRAME)

    stored_profile = mlsnap.get_dataset("wine").get_snapshot("x").get_profile()

    assert stored_profile.to_dict() == mlsnap.profile(FRAME).to_dict()
