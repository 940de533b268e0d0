"""Snapshots of data in a real S3-protocol server, and of paths at URLs."""

from __future__ import annotations

import importlib.util
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import MlsnapWarning, SourceError

pytestmark = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("moto", "flask", "s3fs")),
    reason="moto[server] or s3fs is not installed",
)

FRAME = pd.DataFrame({"age": [30, 40, 50], "town": ["Bonn", "Köln", ""]})
SECRET = "not-to-be-stored"

Put = Callable[[str, pd.DataFrame], str]


@pytest.fixture
def put(s3: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """Puts a frame into a bucket; returns its URL. Credentials are in the environment."""
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    s3fs.S3FileSystem.clear_instance_cache()
    storage = s3fs.S3FileSystem()
    storage.mkdir("people", exist_ok=True)

    def put(path: str, frame: pd.DataFrame) -> str:
        buffer = io.BytesIO()
        if path.endswith(".csv"):
            frame.to_csv(buffer, index=False)
        else:
            frame.to_parquet(buffer, index=False)
        storage.pipe_file(f"people/{path}", buffer.getvalue())
        return f"s3://people/{path}"

    yield put
    storage.rm("people", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


def stored_bytes(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_a_snapshot_of_a_remote_file_has_its_rows_as_copy(put: Put, name: str) -> None:
    people = mlsnap.register_dataset("people", put(name, FRAME))

    taken = people.create_snapshot("spring", create_data_snapshot=True)

    put(name, FRAME.head(1))
    assert taken.to_pandas_dataframe().to_dict("list") == FRAME.to_dict("list")
    assert taken.verify() == []
    assert not taken.is_verbatim


def test_the_same_rows_have_one_digest_here_and_there(put: Put, project: Path) -> None:
    FRAME.to_csv("here.csv", index=False)

    assert mlsnap.profile(put("x.csv", FRAME)) == mlsnap.profile("here.csv")


def test_a_prefix_of_hive_folders_is_a_table(put: Put) -> None:
    put("in/year=2019/a.parquet", FRAME)
    put("in/year=2020/a.parquet", FRAME)

    profile = mlsnap.profile("s3://people/in")

    assert (profile.row_count, profile["year"].min, profile["year"].max) == (6, 2019, 2020)
    assert mlsnap.profile("s3://people/in/year=*/a.parquet").digest == profile.digest


def test_no_credentials_are_stored(put: Put, tmp_path: Path) -> None:
    people = mlsnap.register_dataset("people", put("x.csv", FRAME))

    people.create_snapshot("spring", create_data_snapshot=True)

    found = stored_bytes(tmp_path)
    assert b"s3://people/x.csv" in found
    assert SECRET.encode() not in found


def test_a_remote_file_that_is_replaced_shows_at_once(put: Put) -> None:
    url = put("x.csv", FRAME)
    before = mlsnap.profile(url)
    put("x.csv", FRAME + FRAME)

    assert mlsnap.profile(url)["age"].max == 2 * before["age"].max


def test_what_is_not_in_the_bucket_is_refused(put: Put) -> None:
    with pytest.raises(SourceError, match=r"no file or folder 's3://people/nothing\.csv'"):
        mlsnap.register_dataset("people", "s3://people/nothing.csv")
    with pytest.raises(SourceError, match=r"no file or folder 's3://nowhere/x\.csv'"):
        mlsnap.profile("s3://nowhere/x.csv")


def test_without_credentials_the_error_says_where_they_come_from(
    put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import s3fs

    url = put("x.csv", FRAME)
    s3fs.S3FileSystem.clear_instance_cache()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(SourceError, match=f"{url} cannot be read: Unable to locate cred") as error:
        mlsnap.profile(url)
    assert "the credentials in the environment" in error.value.hint


def test_a_tracked_url_is_handed_on_and_its_rows_are_copied(put: Put) -> None:
    url = put("x.csv", FRAME)
    got: list[str] = []

    @mlsnap.track(inputs={"path": "people"}, create_data_snapshot=True)
    def train(path: str) -> None:
        got.append(path)

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        train(url)

    (taken,) = mlsnap.get_dataset("people").get_all_snapshots()
    assert got == [url]
    assert taken.record.definition.source == url
    assert taken.to_pandas_dataframe()["age"].tolist() == [30, 40, 50]
