"""Uploads in several pieces that never ended: S3 keeps their pieces, bills them, and lists none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from mlsnap.storage.files import name_below, translated
from mlsnap.storage.remote import Remote
from mlsnap.storage.retries import again


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that has not ended: where to, its id, and when it began, in seconds since 1970."""

    name: str
    key: str
    id: str
    begun: float


def find_uploads(remote: Remote) -> list[Upload]:
    """The unfinished uploads below mlsnap's prefix; none where the remote does not tell.

    Raises
    ------
    RemoteError
        If the remote is out of reach.
    """
    if remote.filesystem.protocol != "s3":
        return []
    bucket = _bucket(remote)
    with translated(remote, "the list of uploads", "read"), suppress(PermissionError):
        found = again(lambda: remote.filesystem.fs.list_multipart_uploads(bucket))
        uploads = [_upload(remote, bucket, each) for each in found]
        return [each for each in uploads if each.key.startswith(f"{_prefix(remote)}/")]
    return []


def abort_upload(remote: Remote, upload: Upload) -> None:
    """Throw the pieces of an upload away; nothing happens if it has ended meanwhile."""
    what = f"the upload of {upload.name}"
    with translated(remote, what, "removed"), suppress(FileNotFoundError):
        remote.filesystem.fs.abort_mpu(_bucket(remote), upload.key, upload.id)


def _bucket(remote: Remote) -> str:
    return remote.root.partition("/")[0]


def _prefix(remote: Remote) -> str:
    return remote.root.partition("/")[2]


def _upload(remote: Remote, bucket: str, told: dict[str, object]) -> Upload:
    key, begun = str(told["Key"]), told.get("Initiated")
    return Upload(
        name=name_below(remote, f"{bucket}/{key}"),
        key=key,
        id=str(told["UploadId"]),
        begun=begun.timestamp() if isinstance(begun, datetime) else 0.0,
    )
