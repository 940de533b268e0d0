"""Objects appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from storage_places import Served, store

from mlsnap.errors import RemoteError, SourceError
from mlsnap.storage import Remote, open_remote
from mlsnap.storage.objects import (
    object_size,
    object_url,
    put_bytes,
    put_file,
    read_object,
    remove_object,
)

OID = "ab" * 16


def fail(error: BaseException) -> None:
    raise error


def over_http(served: Served, tmp_path: Path) -> Remote:
    url = f"http://127.0.0.1:{served.port}/data"
    return open_remote(url, project=tmp_path, embedded=tmp_path / "unused")


def test_an_object_lies_where_dvc_looks_for_it(remote: Remote, tmp_path: Path) -> None:
    put_bytes(remote, OID, b"content")
    place = tmp_path / "store" / "mlsnap" / "files" / "md5" / "ab" / ("ab" * 15)
    assert place.read_bytes() == b"content"
    assert object_url(remote, OID) == str(place)


def test_an_object_has_a_size_and_a_missing_one_has_none(remote: Remote) -> None:
    assert object_size(remote, OID) is None
    put_bytes(remote, OID, b"content")
    assert object_size(remote, OID) == 7


def test_an_object_is_read_whole(remote: Remote) -> None:
    put_bytes(remote, OID, bytes(3_000_000))
    assert b"".join(read_object(remote, OID)) == bytes(3_000_000)


def test_reading_a_missing_object_names_it(remote: Remote) -> None:
    with pytest.raises(RemoteError, match=f"object {OID} cannot be read in the remote"):
        list(read_object(remote, OID))


def test_a_removed_object_is_gone(remote: Remote) -> None:
    put_bytes(remote, OID, b"content")
    remove_object(remote, OID)
    assert object_size(remote, OID) is None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SourceError("changed", "wait")])
def test_a_write_that_ends_in_the_middle_leaves_no_file(
    error: BaseException, remote: Remote, folder: Path
) -> None:
    with pytest.raises(type(error)):
        put_file(remote, OID, folder / "part-0.bin", confirm=lambda: fail(error))
    assert not [each for each in Path(remote.root).rglob("*") if each.is_file()]


def test_a_failed_write_leaves_the_object_that_was_there(remote: Remote, folder: Path) -> None:
    put_bytes(remote, OID, b"content")
    with pytest.raises(KeyboardInterrupt):
        put_file(remote, OID, folder / "part-0.bin", confirm=lambda: fail(KeyboardInterrupt()))
    assert b"".join(read_object(remote, OID)) == b"content"


def test_a_file_that_changes_while_it_is_pushed_is_named(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    served.asked = lambda: (folder / "part-0.bin").write_bytes(b"other")
    with pytest.raises(SourceError) as raised:
        store(folder, over_http(served, tmp_path), files=("part-0.bin",))
    assert "part-0.bin' changed while it was copied" in raised.value.fact
    assert served.objects == {}


def test_a_file_that_changes_during_its_upload_is_named(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    def change(body: bytes) -> bytes:
        (folder / "part-0.bin").write_bytes(b"other")
        return body

    served.keeps = change
    with pytest.raises(SourceError, match=r"part-0\.bin' changed while it was copied"):
        store(folder, over_http(served, tmp_path), files=("part-0.bin",))


def test_a_remote_that_keeps_less_than_was_sent_is_named(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    served.keeps = lambda body: body[:5]
    remote = over_http(served, tmp_path)
    with pytest.raises(RemoteError) as raised:
        store(folder, remote, files=("part-0.bin",))
    assert "has 5 bytes after its upload, expected 70000" in raised.value.fact
    assert f"the object at {remote.url}/files/md5/" in raised.value.fact


def test_a_remote_that_asks_for_a_login_is_named(served: Served, tmp_path: Path) -> None:
    served.login = "me:hidden"
    with pytest.raises(RemoteError) as raised:
        object_size(over_http(served, tmp_path), OID)
    assert raised.value.fact.startswith(f"object {OID} cannot be looked up in the remote http://")
    assert ": 401" in raised.value.fact
    assert "check the connection and the credentials" in raised.value.hint
