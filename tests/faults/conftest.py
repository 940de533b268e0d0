from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from flaky import KEY_ID, SECRET_KEY, Flaky, flaky

from mlsnap.storage import retries


@pytest.fixture
def bucket(
    s3: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flaky]:
    """A bucket that is the default remote of the project, its keys in ``config.local``."""
    if not importlib.util.find_spec("dvc_s3"):
        pytest.skip("dvc-s3 is not installed")
    import s3fs

    (tmp_path / "aws").touch()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # so that it is mlsnap that tries again
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    monkeypatch.setattr(retries, "PAUSES", (0.05, 0.1, 0.1, 0.1))
    behind = s3fs.S3FileSystem(endpoint_url=s3, key=KEY_ID, secret=SECRET_KEY)
    behind.mkdir("shared", exist_ok=True)
    with flaky(s3) as server:
        folder = project / ".dvc"
        folder.mkdir()
        (folder / "config").write_text(
            "[core]\n    no_scm = true\n    remote = shared\n['remote \"shared\"']\n    url = s3://shared/data\n"
            f"    endpointurl = {server.address}\n    region = us-east-1\n"
        )
        (folder / "config.local").write_text(
            f"['remote \"shared\"']\n    access_key_id = {KEY_ID}\n"
            f"    secret_access_key = {SECRET_KEY}\n"
        )
        yield server
    behind.rm("shared", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()
