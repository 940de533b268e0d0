"""Deleting: refused while something uses the snapshot; takes only what nothing else needs."""

from __future__ import annotations

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap import storage
from mlsnap.errors import MlsnapWarning, NotFoundError, SnapshotInUseError
from mlsnap.services.datasets import Dataset
from mlsnap.services.remotes import owner_of, remote_of
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import open_workspace

FRAME = pd.DataFrame({"x": range(100), "y": ["a"] * 100})


def taken(wine: Dataset, name: str, frame: pd.DataFrame = FRAME) -> Snapshot:
    return wine.create_snapshot(name, data=frame, create_data_snapshot=True)


def used(snapshot: Snapshot, context: str = "training") -> str:
    with mlflow.start_run(run_name="calm fox") as run:
        mlsnap.log_snapshot(snapshot, context)
    return str(run.info.run_id)


def data_objects(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("files/md5/*/*") if each.is_file())


def remote() -> storage.Remote:
    return remote_of(open_workspace())


def test_a_snapshot_that_a_run_uses_is_not_deleted(wine: Dataset) -> None:
    run_id = used(taken(wine, "a"), "validation")

    with pytest.raises(SnapshotInUseError) as refused:
        wine.delete_snapshot("a")

    assert refused.value.fact == (
        f"the snapshot wine@a is used by run {run_id} (calm fox, validation)"
    )
    assert "--force" in refused.value.hint
    assert wine.get_snapshot("a").to_pandas_dataframe().equals(FRAME)


def test_the_refusal_names_some_users_and_counts_the_others(wine: Dataset) -> None:
    snapshot = taken(wine, "a")
    for _ in range(7):
        used(snapshot)

    with pytest.raises(SnapshotInUseError) as refused:
        wine.delete_snapshot("a")

    assert refused.value.fact.count("run ") == 5
    assert refused.value.fact.endswith(" and 2 more")


def test_the_refusal_names_registered_models(wine: Dataset) -> None:
    run_id = used(taken(wine, "a"))
    client = mlflow.MlflowClient()
    client.create_registered_model("taster")
    client.create_model_version("taster", f"runs:/{run_id}/model", run_id)

    with pytest.raises(SnapshotInUseError, match="of which came models:/taster/1"):
        wine.delete_snapshot("a")


def test_a_run_in_mlflows_bin_counts_as_it_can_be_restored(wine: Dataset) -> None:
    run_id = used(taken(wine, "a"))
    mlflow.delete_run(run_id)

    with pytest.raises(SnapshotInUseError, match="deleted in MLflow but not yet gone"):
        wine.delete_snapshot("a")


def test_force_deletes_it_and_says_what_breaks(wine: Dataset, objects: Path) -> None:
    run_id = used(taken(wine, "a"))

    deleted = wine.delete_snapshot("a", force=True)

    assert deleted.broken == (f"run {run_id} (calm fox, training)",)
    assert data_objects(objects) == []
    with pytest.raises(NotFoundError, match="it was deleted"):
        wine.get_snapshot("a")


def test_a_pinned_snapshot_is_not_deleted_even_by_force(wine: Dataset) -> None:
    taken(wine, "a").pin()

    with pytest.raises(SnapshotInUseError, match="wine@a is pinned, since ") as refused:
        wine.delete_snapshot("a", force=True)

    assert refused.value.hint == "`mlsnap unpin wine@a` takes the pin away"


def test_the_objects_and_the_reference_go_with_it(wine: Dataset, objects: Path) -> None:
    taken(wine, "a")
    before = sum(each.stat().st_size for each in data_objects(objects))

    deleted = wine.delete_snapshot("a")

    assert (deleted.freed, deleted.shared, deleted.left) == (before, 0, None)
    assert data_objects(objects) == []
    assert storage.references(remote()) == []


def test_what_another_snapshot_shares_stays(wine: Dataset) -> None:
    size = taken(wine, "a").record.data.size
    taken(wine, "b")

    deleted = wine.delete_snapshot("a")

    assert (deleted.freed, deleted.shared) == (0, size)
    assert wine.get_snapshot("b").to_pandas_dataframe().equals(FRAME)
    assert wine.get_snapshot("b").verify() == []


def test_what_a_snapshot_without_a_reference_file_shares_stays(wine: Dataset) -> None:
    taken(wine, "a")
    old = taken(wine, "b")
    storage.drop_reference(remote(), owner_of(open_workspace(), old.run_id, "wine@b"))

    assert wine.delete_snapshot("a").freed == 0

    assert wine.get_snapshot("b").to_pandas_dataframe().equals(FRAME)


def test_what_another_mlflow_refers_to_stays(wine: Dataset, objects: Path) -> None:
    copy = taken(wine, "a").record.data
    with storage.writing(remote(), storage.Owner("other", "1", "theirs@a")) as writer:
        writer.finish(copy.parts, reader=copy.reader)

    assert wine.delete_snapshot("a").freed == 0

    assert len(data_objects(objects)) == len(copy.parts) + 1


def test_while_a_copy_is_written_the_objects_stay(wine: Dataset, objects: Path) -> None:
    taken(wine, "a")
    before = data_objects(objects)

    with (
        storage.writing(remote(), storage.Owner("other", "1", "theirs@a")),
        pytest.warns(MlsnapWarning, match="wine@a is deleted, but its objects stay .*theirs@a is"),
    ):
        deleted = wine.delete_snapshot("a")

    assert "until `mlsnap gc`: theirs@a is being written" in str(deleted.left)
    assert data_objects(objects) == before
    assert wine.get_all_snapshots() == []


def test_without_its_remote_the_snapshot_is_deleted_with_a_warning(
    wine: Dataset, objects: Path
) -> None:
    taken(wine, "a")
    shutil.move(objects, objects.with_name("unplugged"))

    with pytest.warns(MlsnapWarning, match="its objects stay in the remote until `mlsnap gc`: "):
        deleted = wine.delete_snapshot("a")

    assert "nothing is at" in str(deleted.left)
    assert wine.get_all_snapshots() == []


def test_a_failed_snapshot_is_deleted_without_looking_for_data(wine: Dataset) -> None:
    with pytest.raises(mlsnap.errors.SourceError):
        wine.create_snapshot("bad", data=pd.DataFrame({"x": [object()]}))

    assert wine.delete_snapshot("bad").freed == 0
