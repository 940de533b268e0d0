"""Rows that are shown or handed out have the values of the source."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import SourceError

IDS = [2**60 + 1, None, 2**60 + 3]


@pytest.fixture
def ids(project: Path) -> Path:
    file = project / "ids.csv"
    file.write_text("id,x\n" + "".join(f"{'' if each is None else each},1\n" for each in IDS))
    return file


@pytest.mark.parametrize("with_data", [True, False], ids=["copy", "source"])
def test_integers_among_nulls_stay_integers(ids: Path, with_data: bool):
    dataset = mlsnap.register_dataset("ids", ids)
    snapshot = dataset.create_snapshot("a", create_data_snapshot=with_data)

    frames = [snapshot.head(), dataset.head(), dataset.to_pandas_dataframe()]
    frames += [snapshot.to_pandas_dataframe()] if with_data else []

    for frame in frames:
        assert frame["id"].dtype == "Int64"
        assert [None if pd.isna(each) else int(each) for each in frame["id"]] == IDS


def test_options_of_a_profile_go_together_or_one_by_one(project: Path):
    (project / "x.csv").write_text("a;b\n1;2\n")

    together = mlsnap.profile("x.csv", options={"delimiter": ";"})

    assert together.names == ["a", "b"]
    assert together == mlsnap.profile("x.csv", delimiter=";")


def test_the_hint_of_a_failed_creation_is_said_once(project: Path):
    (project / "x.csv").write_text("a\n1\n")
    dataset = mlsnap.register_dataset("x", "x.csv")
    (project / "x.csv").unlink()
    with pytest.raises(SourceError):
        dataset.create_snapshot("v")

    with pytest.raises(mlsnap.errors.SnapshotFailedError) as raised:
        dataset.get_snapshot("v").wait_for_completion(show_output=False)

    assert str(raised.value).count("Hint:") == 1
    assert "create it again under the same name" in str(raised.value)
