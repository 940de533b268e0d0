"""Copies in the remotes of a user's DVC project, and back on an empty machine."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import workshop
from dvc_projects import dvc

import mlsnap
from mlsnap.errors import DataIntegrityError, RemoteError, SnapshotFailedError
from mlsnap.services.datasets import Dataset

FRAME = pd.DataFrame({"x": range(100), "y": ["text"] * 100})


@pytest.fixture
def with_dvc(project: Path, tmp_path: Path) -> Path:
    """A git and DVC project with two remotes; returns the folder of the default one."""
    workshop.git(project, "-c", "init.defaultBranch=main", "init", "--quiet")
    (project / ".dvc").mkdir()
    (project / ".dvc" / "config").write_text(
        "[core]\n    remote = main\n"
        f"['remote \"main\"']\n    url = {tmp_path / 'main'}\n"
        f"['remote \"backup\"']\n    url = {tmp_path / 'backup'}\n"
    )
    (project / ".gitignore").write_text("mlruns/\n")  # where MLflow puts artifacts itself
    workshop.commit_all(project)
    return tmp_path / "main"


def stored(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def test_the_copy_goes_into_mlsnaps_prefix_of_the_default_remote(
    with_dvc: Path, project: Path
) -> None:
    snapshot = mlsnap.register_dataset("wine").create_snapshot(
        "x", data=FRAME, create_data_snapshot=True
    )

    assert stored(with_dvc)
    assert all(file.is_relative_to(with_dvc / "mlsnap") for file in stored(with_dvc))
    assert snapshot.record.data is not None
    assert snapshot.record.data.remote_name == "main"
    assert snapshot.to_pandas_dataframe().equals(FRAME)
    assert workshop.git(project, "status", "--porcelain", "--ignored") == "!! mlruns/\n"


def test_a_copy_goes_to_the_remote_that_is_named(with_dvc: Path, tmp_path: Path) -> None:
    snapshot = mlsnap.register_dataset("wine").create_snapshot(
        "x", data=FRAME, create_data_snapshot=True, target_datastore="backup"
    )

    assert stored(tmp_path / "backup" / "mlsnap")
    assert not with_dvc.exists()
    assert snapshot.verify() == []


def test_a_copy_goes_to_a_folder_that_is_given(wine: Dataset, tmp_path: Path) -> None:
    wine.create_snapshot(
        "x", data=FRAME, create_data_snapshot=True, target_datastore=str(tmp_path / "usb")
    )

    assert stored(tmp_path / "usb" / "mlsnap")


def test_an_unknown_remote_is_named_with_those_near_it(with_dvc: Path) -> None:
    wine = mlsnap.register_dataset("wine")

    with pytest.raises(RemoteError, match=r"no remote 'back' in the DVC config; near .*'backup'"):
        wine.create_snapshot("x", data=FRAME, create_data_snapshot=True, target_datastore="back")


def test_a_remote_that_cannot_be_written_fails_the_creation_and_says_so(
    wine: Dataset, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "mlsnap").write_text("a file where the folder belongs")

    with pytest.raises(RemoteError) as no:
        wine.create_snapshot(
            "x", data=FRAME, create_data_snapshot=True, target_datastore=str(blocked)
        )

    assert str(blocked) in no.value.fact
    with pytest.raises(SnapshotFailedError, match="wine@x is Failed: RemoteError"):
        wine.get_snapshot("x").wait_for_completion(show_output=False)
    assert wine.create_snapshot("x", data=FRAME, create_data_snapshot=True).verify() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_remote_fails_the_creation_and_says_so(wine: Dataset, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)

    with pytest.raises(RemoteError, match="Permission denied"):
        wine.create_snapshot(
            "x", data=FRAME, create_data_snapshot=True, target_datastore=str(locked)
        )


def test_a_remote_that_is_gone_is_named_when_the_data_is_read(wine: Dataset, objects: Path) -> None:
    snapshot = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)
    objects.rename(objects.with_name("moved"))

    with pytest.raises(RemoteError, match=r"nothing is at .*mlsnap, where the data copy was store"):
        snapshot.to_pandas_dataframe()
    assert snapshot.get_profile().row_count == 100


def part_of(objects: Path) -> Path:
    """The object that holds the rows."""
    return max(stored(objects), key=lambda file: file.stat().st_size)


def test_a_corrupted_part_is_named_and_not_read(wine: Dataset, objects: Path) -> None:
    snapshot = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)
    part = part_of(objects)
    content = part.read_bytes()
    part.chmod(0o644)
    part.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])

    with pytest.raises(DataIntegrityError, match=r"part 'part-000000\.parquet' is damaged"):
        snapshot.to_pandas_dataframe()
    (sentence,) = snapshot.verify()
    assert sentence.startswith("part 'part-000000.parquet' is damaged: the object at ")


def test_a_missing_part_is_named(wine: Dataset, objects: Path) -> None:
    snapshot = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)
    part_of(objects).unlink()

    with pytest.raises(RemoteError, match=r"part 'part-000000\.parquet' is missing"):
        snapshot.to_pandas_dataframe()
    assert "is missing: no object at" in snapshot.verify()[0]


def test_a_copy_with_other_rows_than_the_snapshot_is_refused(wine: Dataset) -> None:
    snapshot = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)
    other = wine.create_snapshot("y", data=FRAME.head(), create_data_snapshot=True)
    swap = mlflow.artifacts.load_dict(f"runs:/{snapshot.run_id}/mlsnap/snapshot.json")
    swap["data"] = other.record.to_dict()["data"]
    mlflow.MlflowClient().log_text(snapshot.run_id, json.dumps(swap), "mlsnap/snapshot.json")

    with pytest.raises(DataIntegrityError, match="copy of wine@x have 5 rows, the snapshot 100"):
        wine.get_snapshot("x").to_pandas_dataframe()


def test_files_are_brought_into_a_new_folder_only(wine: Dataset, project: Path) -> None:
    snapshot = wine.create_snapshot("x", data=FRAME, create_data_snapshot=True)

    folder = snapshot.download("copy")

    assert folder == project / "copy"
    assert pd.read_parquet(folder).equals(FRAME)
    with pytest.raises(FileExistsError, match="copy exists and is not empty\nHint: name a new"):
        snapshot.download("copy")


READING = """
import mlsnap
frame = mlsnap.get_dataset("wine").get_snapshot("x").to_pandas_dataframe()
assert frame.x.tolist() == list(range(100)), frame
assert mlsnap.load("wine@latest").equals(frame)
"""


def empty_machine(folder: Path) -> dict[str, str]:
    """Variables under which no cache, setting or data of this user is found."""
    folder.mkdir()
    names = ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MLSNAP_DATA_DIRECTORY"]
    names += ["DVC_SITE_CACHE_DIR", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR"]
    return {name: str(folder / name.lower()) for name in names}


def test_an_empty_machine_reads_the_copy_with_mlsnap_and_with_dvc_alone(
    with_dvc: Path, project: Path, tmp_path: Path
) -> None:
    snapshot = mlsnap.register_dataset("wine").create_snapshot(
        "x", data=FRAME, create_data_snapshot=True
    )
    away = tmp_path / "away"
    variables = empty_machine(away)

    workshop.run_python("-c", READING, at=away, **variables)

    pointer = mlflow.MlflowClient().download_artifacts(snapshot.run_id, "mlsnap/data", str(away))
    dvc("pull", at=Path(pointer), **variables)
    assert pd.read_parquet(Path(pointer) / "wine").equals(FRAME)
