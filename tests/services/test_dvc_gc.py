"""No garbage collection of the user's own DVC project takes what mlsnap stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import workshop
from dvc_projects import dvc, objects, state

import mlsnap
from mlsnap.services.snapshots import Snapshot

FRAME = pd.DataFrame({"x": range(100), "y": ["text"] * 100})
JUNK = "of no use to anybody\n"
FORMS = [["--workspace"], ["--all-branches", "--all-tags"], ["--all-commits"]]


def with_junk(project: Path) -> None:
    """Push a file that no commit or workspace needs."""
    (project / "junk.csv").write_text(JUNK)
    dvc("add", "--quiet", "junk.csv", at=project)
    dvc("push", "--quiet", at=project)
    (project / "junk.csv.dvc").unlink()


def holds_junk(remote: Path) -> bool:
    return any(file.read_bytes() == JUNK.encode() for file in objects(remote))


def snapshots() -> list[Snapshot]:
    """Copies of a frame, and of a file that DVC tracks."""
    frame = mlsnap.register_dataset("wine").create_snapshot(data=FRAME, create_data_snapshot=True)
    rows = mlsnap.register_dataset("crime", "data/crime.csv").create_snapshot(
        create_data_snapshot=True, target_datastore="main"
    )
    return [frame, rows]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_mlsnaps_objects_stay_when_dvc_collects_garbage(
    form: list[str], tracked: Path, project: Path
) -> None:
    taken = snapshots()
    before = state(tracked / "mlsnap")
    with_junk(project)
    assert holds_junk(tracked)

    dvc("gc", *form, "--cloud", "--force", at=project)

    assert state(tracked / "mlsnap") == before
    assert not holds_junk(tracked)
    assert [snapshot.verify() for snapshot in taken] == [[], []]
    assert taken[0].to_pandas_dataframe().equals(FRAME)


def test_what_is_referred_to_stays_while_a_commit_has_it(tracked: Path, project: Path) -> None:
    snapshot = mlsnap.register_dataset("crime", "data/crime.csv").create_snapshot(
        create_data_snapshot=True
    )
    workshop.git(project, "rm", "--quiet", "data/crime.csv.dvc")
    workshop.commit_all(project)

    dvc("gc", "--all-commits", "--cloud", "--force", at=project)

    assert snapshot.record.data is not None
    assert snapshot.record.data.tracked is not None
    assert snapshot.verify() == []


@pytest.fixture
def bucket(s3: str, tracked: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The project's remote is in a bucket of a real S3-protocol server; a file system of it."""
    pytest.importorskip("dvc_s3", reason="dvc[s3] is not installed")
    import s3fs

    settings = project.parent / "aws"
    settings.touch()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = s3fs.S3FileSystem(
        endpoint_url=s3, key="test", secret="hidden", skip_instance_cache=True
    )
    server.mkdir("collected")
    (project / ".dvc" / "config").write_text(
        "[core]\n    remote = main\n['remote \"main\"']\n    url = s3://collected/data\n"
        f"    endpointurl = {s3}\n"
    )
    workshop.git(project, "commit", "--quiet", "--all", "--amend", "--no-edit")
    (project / ".dvc" / "config.local").write_text(
        "['remote \"main\"']\n    access_key_id = test\n    secret_access_key = hidden\n"
    )
    dvc("push", "--quiet", at=project)
    yield server
    server.invalidate_cache()
    server.rm("collected", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


def found(server: Any, prefix: str) -> list[str]:
    server.invalidate_cache()
    return sorted(server.find(f"collected/data/{prefix}files"))


def test_on_s3_mlsnaps_objects_stay_when_dvc_collects_garbage(bucket: Any, project: Path) -> None:
    taken = snapshots()
    before = found(bucket, "mlsnap/")
    theirs = found(bucket, "")
    with_junk(project)
    assert found(bucket, "") != theirs

    dvc("gc", "--all-commits", "--cloud", "--force", at=project)

    assert before
    assert found(bucket, "mlsnap/") == before
    assert found(bucket, "") == theirs
    assert [snapshot.verify() for snapshot in taken] == [[], []]


def test_what_is_referred_to_on_s3_is_read_back(bucket: Any, project: Path) -> None:
    crime = mlsnap.register_dataset("crime", "data/crime.csv")
    snapshot = crime.create_snapshot(create_data_snapshot=True)

    assert found(bucket, "mlsnap/") == []
    assert snapshot.record.data is not None
    assert snapshot.record.data.remote["url"] == "s3://collected/data"
    assert "hidden" not in str(snapshot.to_dict())
    assert snapshot.to_pandas_dataframe().Ward.tolist() == [1, 2, 3]
    assert snapshot.verify() == []
