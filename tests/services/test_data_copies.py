"""Copies hold what was read, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap.data.sources import define
from mlsnap.errors import MlsnapWarning, NoDataCopyError, SourceError
from mlsnap.services.copies import pushing
from mlsnap.services.datasets import Dataset
from mlsnap.services.profiling import read_definition
from mlsnap.services.remotes import remote_of
from mlsnap.services.workspace import open_workspace
from mlsnap.storage import Owner

FRAME = pd.DataFrame({"x": [1, 2, 3]})
OWNER = Owner("store", "run", "wine@x")


def test_files_that_changed_since_they_were_read_are_not_copied(project: Path) -> None:
    FRAME.to_csv("x.csv", index=False)
    reading = read_definition(define("x.csv"))
    (FRAME + 1).to_csv("x.csv", index=False)

    with pytest.raises(SourceError, match=r"x\.csv changed while it was being read"):
        pushing.push_files(reading, remote_of(open_workspace()), OWNER)


def test_a_frame_has_no_files_to_copy(project: Path) -> None:
    FRAME.to_csv("x.csv", index=False)
    reading = read_definition(define("x.csv"))

    with pytest.raises(SourceError, match="a frame has no files"):
        pushing.push_files(replace(reading, definition=None), remote_of(open_workspace()), OWNER)


def test_there_is_nothing_to_verify_without_a_copy(wine: Dataset) -> None:
    with pytest.raises(NoDataCopyError, match="wine@x holds a profile but no copy"):
        wine.create_snapshot("x", data=FRAME).verify()


def test_an_earlier_snapshot_that_cannot_be_read_is_in_nobodys_way(
    wine: Dataset, tmp_path: Path
) -> None:
    wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)
    (record,) = tmp_path.rglob("snapshot.json")
    record.unlink()

    made = wine.create_snapshot("y", data=FRAME + 1, create_data_snapshot=True)

    assert made.to_pandas_dataframe().equals(FRAME + 1)


def test_a_path_handed_over_is_no_version_of_the_datasets_definition(project: Path) -> None:
    FRAME.to_csv("own.csv", index=False)
    (FRAME + 1).to_csv("other.csv", index=False)
    own = mlsnap.register_dataset("own", "own.csv")

    @mlsnap.track(inputs={"path": "own"})
    def fit(path: str) -> None: ...

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        fit("other.csv")

    (made,) = own.get_all_snapshots()
    assert made.record.definition.version == 0
    assert made.record.provenance.source.endswith("other.csv")
    assert own.definition_version == 1


def test_a_frame_logged_in_an_odd_context_has_a_legal_dataset(project: Path) -> None:
    with mlflow.start_run():
        logged = mlsnap.log_snapshot(FRAME, context="my test set")

    assert logged.dataset_name.startswith("my_test_set-")
