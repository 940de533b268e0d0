"""Garbage collection: what goes and why, and above all what stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap import storage
from mlsnap.errors import ConfigError, MlsnapWarning, NoDataCopyError, SourceError
from mlsnap.report.collections import collection_text
from mlsnap.services.datasets import Dataset
from mlsnap.services.keeping.collecting import collect, plan_of_collection
from mlsnap.services.remotes import owner_of, remote_of
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import open_workspace
from mlsnap.tracking import changes, tags
from mlsnap.tracking.creations import Claim
from mlsnap.values.collection import Collection
from mlsnap.values.snapshot import Definition

FRAME = pd.DataFrame({"x": range(100), "y": ["a"] * 100})
TABLE = Definition(format="parquet")


def taken(wine: Dataset, name: str, shift: int = 0, remote: Path | None = None) -> Snapshot:
    frame = FRAME.assign(x=FRAME["x"] + shift)
    target = str(remote) if remote else None
    return wine.create_snapshot(
        name, data=frame, create_data_snapshot=True, target_datastore=target
    )


def used(snapshot: Snapshot) -> str:
    with mlflow.start_run() as run:
        mlsnap.log_snapshot(snapshot, "training")
    return str(run.info.run_id)


def data_objects(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("files/md5/*/*") if each.is_file())


def remote() -> storage.Remote:
    return remote_of(open_workspace())


def write_copy(owner: storage.Owner, content: bytes) -> None:
    with storage.writing(remote(), owner) as writer:
        writer.finish([writer.put("part", content)], reader=TABLE)


def going(collection: Collection) -> list[str]:
    return sorted(copy.snapshot for each in collection.remotes for copy in each.copies)


def everything() -> Collection:
    return mlsnap.gc(dry_run=False, older_than=0)


def mlflow_gc() -> None:
    command = [sys.executable, "-m", "mlflow", "gc"]
    command += ["--backend-store-uri", mlflow.get_tracking_uri()]
    subprocess.run(command, check=True, capture_output=True)


def test_there_is_nothing_to_free_where_nothing_was_stored(project: Path) -> None:
    assert mlsnap.gc(older_than=0).is_empty
    assert str(mlsnap.gc(older_than=0)) == "nothing to free"


def test_the_copy_of_a_snapshot_that_nothing_uses_goes(wine: Dataset, objects: Path) -> None:
    taken(wine, "a")
    size = sum(each.stat().st_size for each in data_objects(objects))

    freed = everything()

    assert (going(freed), freed.size) == (["wine@a"], size)
    assert freed.remotes[0].copies[0].why.startswith("no run, model or pin uses it; ")
    assert data_objects(objects) == []
    assert storage.references(remote()) == []


def test_the_snapshot_stays_and_says_that_gc_freed_its_copy(wine: Dataset) -> None:
    taken(wine, "a")

    everything()

    snapshot = wine.get_snapshot("a")
    assert snapshot.get_profile()["x"].max == 99
    assert [(each.has_data, each.size) for each in wine.summaries()] == [(False, 0)]
    with pytest.raises(NoDataCopyError, match="any more: freed by gc, as nothing used it, 20"):
        snapshot.to_pandas_dataframe()


def test_a_dry_run_says_the_same_and_removes_nothing(wine: Dataset, objects: Path) -> None:
    taken(wine, "a")
    before = data_objects(objects)

    planned = mlsnap.gc(older_than=0)

    assert data_objects(objects) == before
    assert wine.get_snapshot("a").verify() == []
    done = everything()
    assert (planned.dry_run, done.dry_run) == (True, False)
    assert going(planned) == going(done)
    assert planned.size == done.size


def test_nothing_younger_than_a_day_goes_by_default(wine: Dataset) -> None:
    taken(wine, "a")

    assert mlsnap.gc(dry_run=False).is_empty


def test_a_run_keeps_a_copy(wine: Dataset) -> None:
    used(taken(wine, "a"))

    assert everything().is_empty
    assert mlsnap.load("wine@a").equals(FRAME)


def test_a_deleted_run_keeps_it_until_mlflows_own_gc(wine: Dataset) -> None:
    mlflow.delete_run(used(taken(wine, "a")))
    assert everything().is_empty

    mlflow_gc()

    assert going(everything()) == ["wine@a"]


def test_a_pin_keeps_a_copy(wine: Dataset) -> None:
    snapshot = taken(wine, "a")
    snapshot.pin()
    assert everything().is_empty

    snapshot.unpin()

    assert going(everything()) == ["wine@a"]


def test_a_snapshot_in_mlflows_bin_keeps_its_copy_until_mlflows_own_gc(
    wine: Dataset, objects: Path
) -> None:
    run_id = taken(wine, "a").run_id
    mlflow.delete_run(run_id)
    assert everything().is_empty

    mlflow_gc()

    freed = everything()
    assert going(freed) == []
    assert [len(each.objects) for each in freed.remotes] == [2]
    assert data_objects(objects) == []


def test_a_whole_dataset_in_mlflows_bin_keeps_its_copies(wine: Dataset) -> None:
    taken(wine, "a")
    experiment = mlflow.get_experiment_by_name("mlsnap/wine")
    mlflow.delete_experiment(experiment.experiment_id)

    assert everything().is_empty


def test_data_that_is_only_referred_to_is_left_alone(tracked: Path) -> None:
    crime = mlsnap.register_dataset("crime", "data/crime.csv")
    crime.create_snapshot("a", create_data_snapshot=True)

    assert everything().is_empty
    assert crime.get_snapshot("a").verify() == []


def test_a_copy_made_for_a_pin_that_is_gone_gives_way_to_the_reference(tracked: Path) -> None:
    crime = mlsnap.register_dataset("crime", "data/crime.csv")
    snapshot = crime.create_snapshot("a", create_data_snapshot=True)
    snapshot.pin()
    snapshot.unpin()

    assert going(everything()) == ["crime@a"]

    record = crime.get_snapshot("a").record
    assert record.data.tracked is not None
    assert str(record.copy_note).startswith("freed by gc")
    assert crime.get_snapshot("a").verify() == []


def test_parts_that_another_snapshot_needs_stay(wine: Dataset) -> None:
    taken(wine, "a")
    used(taken(wine, "b"))

    freed = everything()

    assert (going(freed), freed.size) == (["wine@a"], 0)
    assert wine.get_snapshot("b").verify() == []


def test_a_copy_without_a_reference_file_counts_by_its_record(wine: Dataset) -> None:
    kept, gone = taken(wine, "kept"), taken(wine, "gone", shift=1)
    used(kept)
    for each in (kept, gone):
        storage.drop_reference(remote(), owner_of(open_workspace(), each.run_id, each.reference))

    assert going(everything()) == ["wine@gone"]
    assert wine.get_snapshot("kept").verify() == []


def test_what_other_mlflow_servers_keep_stays_and_is_counted(wine: Dataset, objects: Path) -> None:
    taken(wine, "a")
    write_copy(storage.Owner("another", "1", "theirs@a"), b"theirs")

    freed = everything()

    assert going(freed) == ["wine@a"]
    assert [each.kept_for_others for each in freed.remotes] == [1]
    assert len(data_objects(objects)) == 2


def test_what_a_clone_of_this_mlflow_keeps_stays(wine: Dataset, objects: Path) -> None:
    stranger = owner_of(open_workspace(), "0" * 32, "wine@later")
    write_copy(stranger, b"taken with the clone, of which this MLflow never heard")

    assert everything().is_empty
    assert len(data_objects(objects)) == 2


def test_what_a_failed_creation_left_goes(wine: Dataset, objects: Path) -> None:
    with pytest.raises(SourceError):
        wine.create_snapshot("bad", data=pd.DataFrame({"x": [object()]}))
    run_id = open_workspace().catalog.get("wine").names["bad"]
    write_copy(owner_of(open_workspace(), run_id, "wine@bad"), b"half of it")

    freed = everything()

    assert [len(each.objects) for each in freed.remotes] == [2]
    assert data_objects(objects) == []


def running(wine: Dataset, *, silent_for: float) -> Claim:
    """The claim of a creation that has stored its copy and is not ready."""
    claim = open_workspace().creations.claim(open_workspace().catalog.get("wine"), "slow")
    assert claim is not None
    write_copy(owner_of(open_workspace(), claim.run_id, "wine@slow"), b"all of it")
    beat = str(time.time() - silent_for)
    mlflow.MlflowClient().set_tag(claim.run_id, tags.HEARTBEAT, beat)
    return claim


def test_a_creation_under_way_is_left_alone(wine: Dataset, objects: Path) -> None:
    running(wine, silent_for=0)

    assert everything().is_empty
    assert len(data_objects(objects)) == 2


def test_a_dead_creation_is_cleared_away_and_cannot_come_back(wine: Dataset) -> None:
    claim = running(wine, silent_for=1000)

    assert [len(each.objects) for each in everything().remotes] == [2]

    with pytest.raises(mlsnap.errors.SnapshotFailedError, match="another process has taken it up"):
        open_workspace().creations.check_held(claim)
    assert wine.create_snapshot("slow", data=FRAME).get_status() == "Completed"


def test_a_run_whose_process_was_killed_before_it_named_it_goes(wine: Dataset) -> None:
    experiment = mlflow.get_experiment_by_name("mlsnap/wine")
    marks = {tags.KIND: "snapshot", tags.DATASET: "wine", tags.STATE: "running"}
    client = mlflow.MlflowClient()
    run = client.create_run(experiment.experiment_id, tags={**marks, tags.HEARTBEAT: "0"})

    planned = mlsnap.gc(older_than=0)
    assert planned.runs == (run.info.run_id,)
    assert "1 run" in collection_text(planned)
    everything()

    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    assert mlsnap.gc(older_than=0).is_empty


def test_a_deletion_that_was_killed_half_way_is_completed(wine: Dataset) -> None:
    snapshot = taken(wine, "a")
    client = mlflow.MlflowClient()
    client.set_tag(snapshot.run_id, tags.STATE, "deleted")

    everything()

    assert client.get_run(snapshot.run_id).info.lifecycle_stage == "deleted"


def test_while_a_copy_is_written_nothing_is_removed(wine: Dataset, objects: Path) -> None:
    taken(wine, "a")
    before = data_objects(objects)

    with storage.writing(remote(), storage.Owner("another", "1", "theirs@a")):
        freed = everything()

    assert freed.remotes[0].problem == (
        "theirs@a is being written there, so nothing was removed; try again later"
    )
    assert data_objects(objects) == before
    assert everything().size > 0
    assert data_objects(objects) == []


def test_a_kill_after_the_copy_was_marked_leaves_what_the_next_gc_removes(
    wine: Dataset, objects: Path
) -> None:
    snapshot = taken(wine, "a")
    changes.set_copy(mlflow.MlflowClient(), snapshot.run_id, None, why="freed by gc")

    freed = everything()

    assert [len(each.objects) for each in freed.remotes] == [2]
    assert data_objects(objects) == []


def test_what_is_used_between_plan_and_act_stays(wine: Dataset) -> None:
    snapshot, other = taken(wine, "a"), taken(wine, "b", shift=1)
    plan = plan_of_collection(open_workspace(), older_than=0, remote=None)
    used(snapshot)
    other.pin()

    assert collect(plan).is_empty
    assert wine.get_snapshot("a").verify() == wine.get_snapshot("b").verify() == []


def test_what_was_deleted_while_its_remote_was_away_goes_later(
    wine: Dataset, objects: Path
) -> None:
    taken(wine, "a")
    shutil.move(objects, objects.with_name("unplugged"))
    with pytest.warns(MlsnapWarning):
        wine.delete_snapshot("a")
    shutil.rmtree(objects, ignore_errors=True)
    shutil.move(objects.with_name("unplugged"), objects)

    assert everything().size > 0
    assert data_objects(objects) == []


def test_all_remotes_that_snapshots_lie_in_are_looked_at(wine: Dataset, tmp_path: Path) -> None:
    taken(wine, "here")
    taken(wine, "there", remote=tmp_path / "there")

    freed = everything()

    assert going(freed) == ["wine@here", "wine@there"]
    assert data_objects(tmp_path / "there") == []


def test_only_the_remote_that_is_named(wine: Dataset, tmp_path: Path) -> None:
    taken(wine, "here")
    taken(wine, "there", remote=tmp_path / "there")

    freed = mlsnap.gc(dry_run=False, older_than=0, remote=str(tmp_path / "there"))

    assert going(freed) == ["wine@there"]
    assert wine.get_snapshot("here").verify() == []


def test_a_remote_out_of_reach_is_named_and_its_snapshots_stay_as_they_are(
    wine: Dataset, tmp_path: Path
) -> None:
    taken(wine, "here")
    taken(wine, "there", remote=tmp_path / "there")
    shutil.move(tmp_path / "there", tmp_path / "unplugged")

    freed = everything()

    assert going(freed) == ["wine@here"]
    away = next(each for each in freed.remotes if "there" in each.url)
    assert str(away.problem).startswith("nothing is at ")
    shutil.move(tmp_path / "unplugged", tmp_path / "there")
    assert wine.get_snapshot("there").verify() == []


@pytest.mark.parametrize("named", [False, True])
def test_the_remote_in_use_may_be_out_of_reach_too(
    wine: Dataset, objects: Path, named: bool
) -> None:
    taken(wine, "a")
    shutil.move(objects, objects.with_name("unplugged"))

    freed = mlsnap.gc(dry_run=False, older_than=0, remote=str(objects) if named else None)

    assert going(freed) == []
    assert str(freed.remotes[0].problem).startswith("nothing is at ")
    assert not objects.exists()
    shutil.move(objects.with_name("unplugged"), objects)
    assert wine.get_snapshot("a").verify() == []


def test_objects_that_no_snapshot_ever_had_go_when_they_are_old(
    wine: Dataset, objects: Path
) -> None:
    with storage.writing(remote(), owner_of(open_workspace(), "1", "wine@a")) as writer:
        writer.put("part", b"the process died before the end")
    [left] = data_objects(objects)

    assert mlsnap.gc(dry_run=False).is_empty
    os.utime(left, (time.time() - 90_000,) * 2)
    assert mlsnap.gc(dry_run=False).size == 31
    assert data_objects(objects) == []


def test_the_plan_is_a_table_and_a_document(wine: Dataset) -> None:
    taken(wine, "a")

    planned = mlsnap.gc(older_than="0s")

    lines = collection_text(planned, width=500).splitlines()
    assert lines[0].split() == ["what", "why", "size", "where"]
    assert lines[2].startswith("copy of wine@a")
    assert lines[-1].endswith("would be freed")
    document = planned.to_dict()
    assert document["size"] == planned.size == document["remotes"][0]["size"]
    assert document["remotes"][0]["copies"][0]["snapshot"] == "wine@a"


def test_copies_kept_for_others_and_problems_are_said(wine: Dataset) -> None:
    taken(wine, "a")
    planned = mlsnap.gc(older_than=0)
    told = replace(planned.remotes[0], kept_for_others=3, problem="it hums")

    lines = collection_text(replace(planned, remotes=(told,)), width=500).splitlines()

    assert lines[-2].startswith("kept for another MLflow: 3 copies in ")
    assert lines[-1].endswith(": it hums")


def test_it_is_the_same_over_http(
    project: Path, server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    wine = mlsnap.register_dataset("collected")
    here = tmp_path / "here"
    used(taken(wine, "used", remote=here))
    taken(wine, "unused", shift=1, remote=here)

    assert going(mlsnap.gc(dry_run=False, older_than=0, remote=str(here))) == ["collected@unused"]

    assert mlsnap.load("collected@used").equals(FRAME)
    with pytest.raises(NoDataCopyError, match="freed by gc"):
        wine.get_snapshot("unused").to_arrow_table()


@pytest.mark.parametrize("span", ["yesterday", "-1h", -5, ""])
def test_an_age_that_is_none_is_an_error(project: Path, span: str | int) -> None:
    with pytest.raises(ConfigError, match="is no time span"):
        mlsnap.gc(older_than=span)
