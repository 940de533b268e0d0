"""What opens a door is in nothing that is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from flaky import KEY_ID, SECRET_KEY, Flaky, objects_in

import mlsnap

FRAME = pd.DataFrame({"age": [30, 40, 50], "town": ["Bonn", "Köln", ""]})
PASSWORD = "91827364.5"
"""One that SQLite takes, as seconds to wait; it asks for no other."""


def stored(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """All that is stored below a folder, but for where the user put the keys."""
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "config.local":
            yield file, file.read_bytes()


def check_secret(folder: Path, *secrets: str) -> None:
    for file, content in stored(folder):
        for each in secrets:
            assert each.encode() not in content, file


def use_all(dataset: mlsnap.Dataset) -> None:
    """Everything that writes: a copy, another that shares it, a failure, a pin, a collection."""
    taken = dataset.create_snapshot("spring", create_data_snapshot=True)
    dataset.create_snapshot("summer", create_data_snapshot=True)
    taken.pin()
    taken.to_pandas_dataframe()
    mlsnap.gc(dry_run=False)


def test_the_keys_of_a_bucket_are_not_stored(bucket: Flaky, s3: str, tmp_path: Path) -> None:
    FRAME.to_csv("people.csv", index=False)

    use_all(mlsnap.register_dataset("people", "people.csv"))

    objects = objects_in(s3)
    assert any("/refs/" in name for name in objects)
    for name, content in objects.items():
        assert KEY_ID.encode() not in content, name
        assert SECRET_KEY.encode() not in content, name
    check_secret(tmp_path, KEY_ID, SECRET_KEY)
    everything = b"".join(content for _, content in stored(tmp_path))
    assert b"s3://shared/data/mlsnap" in everything


def test_the_keys_in_the_url_of_a_remote_are_not_stored(
    bucket: Flaky, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.address)
    remote = f"s3://{KEY_ID}:{SECRET_KEY}@shared/other"
    people = mlsnap.register_dataset("people")

    people.create_snapshot("spring", data=FRAME, create_data_snapshot=True, target_datastore=remote)

    check_secret(tmp_path, KEY_ID, SECRET_KEY)
    assert any(name.startswith("shared/other/mlsnap/") for name in objects_in(s3))


def test_a_failure_does_not_store_the_keys(bucket: Flaky, tmp_path: Path) -> None:
    people = mlsnap.register_dataset("people")
    (tmp_path / "project" / ".dvc" / "config").write_text(
        "[core]\n    no_scm = true\n    remote = shared\n['remote \"shared\"']\n    url = s3://nowhere/data\n"
        f"    endpointurl = {bucket.address}\n"
    )

    with pytest.raises(mlsnap.errors.RemoteError, match="s3://nowhere/data/mlsnap") as no:
        people.create_snapshot("spring", data=FRAME, create_data_snapshot=True)

    assert SECRET_KEY not in str(no.value)
    check_secret(tmp_path, KEY_ID, SECRET_KEY)


def test_the_password_of_a_database_is_not_stored(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.setenv("PASSWORD", PASSWORD)
    with sqlite3.connect(project / "people.db") as connection:
        FRAME.to_sql("people", connection, index=False)
    connection.close()
    source = f"sqlite:///{project}/people.db?timeout=${{PASSWORD}}"

    use_all(mlsnap.register_dataset("people", source, options={"table": "people"}))

    check_secret(tmp_path, PASSWORD)
