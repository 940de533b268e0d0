"""Pins: who set them, what they protect, and that they never protect nothing."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import NoDataCopyError
from mlsnap.services.datasets import Dataset
from mlsnap.tracking import changes, tags
from mlsnap.values.snapshot import DataCopy

FRAME = pd.DataFrame({"x": range(10)})


def test_a_pin_says_when_and_by_whom(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    assert snapshot.pinned is None

    snapshot.pin()

    when, _, who = str(wine.get_snapshot("a").pinned).partition(" UTC by ")
    assert pd.Timestamp(when) <= pd.Timestamp.now("UTC").tz_localize(None)
    assert who == getpass.getuser()


def test_a_second_pin_changes_nothing(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    snapshot.pin()
    mlflow.MlflowClient().set_tag(snapshot.run_id, tags.PINNED, "long ago by Ada")

    snapshot.pin()

    assert snapshot.pinned == "long ago by Ada"


def test_unpinning_takes_the_pin_away_as_often_as_one_likes(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    snapshot.pin()

    snapshot.unpin()
    snapshot.unpin()

    assert snapshot.pinned is None
    assert [each.pinned for each in wine.summaries()] == [None]


def test_lists_know_the_pins(wine: Dataset) -> None:
    wine.create_snapshot("a", data=FRAME)
    wine.create_snapshot("b", data=FRAME, create_data_snapshot=True).pin()

    assert [bool(each.pinned) for each in wine.summaries()] == [True, False]


def test_a_snapshot_without_data_cannot_be_pinned(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("a", data=FRAME)

    with pytest.raises(NoDataCopyError, match="wine@a holds a profile but no copy"):
        snapshot.pin()

    assert snapshot.pinned is None


def test_a_pin_that_comes_too_late_is_taken_back(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    assert snapshot.record.data is not None  # as it was before gc came
    changes.set_copy(mlflow.MlflowClient(), snapshot.run_id, None, why="freed by gc just now")

    with pytest.raises(NoDataCopyError, match="no copy of the data any more: freed by gc just now"):
        snapshot.pin()

    assert snapshot.pinned is None


def test_another_copy_takes_the_place_of_the_recorded_one(wine: Dataset) -> None:
    first = wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    other = wine.create_snapshot("b", data=FRAME + 1, create_data_snapshot=True).record.data
    client, before = mlflow.MlflowClient(), first.record.data

    changes.set_copy(client, first.run_id, other, why="moved")

    found = wine.get_snapshot("a").record
    assert (found.data, found.copy_note) == (other, "moved")
    assert {each.name: each.size for each in wine.summaries()}["a"] == other.size
    stored = client.download_artifacts(first.run_id, "mlsnap/snapshot.json")
    text = Path(stored).read_text(encoding="utf-8")
    assert DataCopy.from_dict(json.loads(text)["data"]) == before


def test_a_change_of_the_copy_can_be_taken_back(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("a", data=FRAME, create_data_snapshot=True)
    copy, client = snapshot.record.data, mlflow.MlflowClient()
    changes.set_copy(client, snapshot.run_id, None, why="freed")
    assert [each.has_data for each in wine.summaries()] == [False]

    changes.take_back_copy(client, snapshot.run_id, None, copy)

    assert wine.get_snapshot("a").record.data == copy
    assert [(each.has_data, each.size) for each in wine.summaries()] == [(True, copy.size)]
    assert mlsnap.load("wine@a").equals(FRAME)
