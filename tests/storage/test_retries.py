"""What fails for a passing reason is tried again, and nothing else is."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from storage_places import Served, s3_remote, store

from mlsnap.errors import RemoteError
from mlsnap.storage import open_remote, references, retries, verify
from mlsnap.storage.objects import object_size, put_bytes, read_object, remove_object
from mlsnap.storage.retries import again, is_passing

OID = "ab" * 16


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [error] * times

    def act() -> str:
        if left:
            raise left.pop()
        return "done"

    return act


@contextmanager
def cutting(address: str, *, spared: int, cut: int) -> Iterator[str]:
    """The address of a proxy that cuts ``cut`` connections after the first ``spared`` ones."""
    host, _, port = address.removeprefix("http://").partition(":")
    count = 0

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for each in (source, target):
            each.close()

    def serve(listening: socket.socket) -> None:
        nonlocal count
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            count += 1
            if spared < count <= spared + cut:
                near.recv(100)
                near.close()
                continue
            far = socket.create_connection((host, int(port)))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    assert count >= spared + cut


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "PAUSES", (0.01,) * 4)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        OSError(errno.EBUSY, "Slow Down"),
        OSError(errno.ESTALE, "Stale file handle"),
        BrokenPipeError(),
    ],
)
def test_a_passing_failure_is_tried_four_times_more(error: Exception) -> None:
    assert again(failing(4, error)) == "done"
    with pytest.raises(type(error)):
        again(failing(5, error))


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(),
        PermissionError(),
        OSError(errno.ENOSPC, "No space left"),
        OSError(errno.EROFS, "Read-only"),
        ValueError(),
    ],
)
def test_a_lasting_failure_is_raised_at_once(error: Exception) -> None:
    with pytest.raises(type(error)):
        again(failing(1, error))


def test_what_the_libraries_raise_is_known() -> None:
    aiohttp = pytest.importorskip("aiohttp")
    assert is_passing(aiohttp.ServerDisconnectedError())
    assert is_passing(aiohttp.ClientPayloadError())
    assert is_passing(aiohttp.ClientResponseError(None, (), status=503))
    assert not is_passing(aiohttp.ClientResponseError(None, (), status=403))


def test_what_s3_raises_is_known() -> None:
    exceptions = pytest.importorskip("botocore.exceptions")
    told = {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
    assert is_passing(exceptions.ClientError(told, "PutObject"))
    assert is_passing(exceptions.EndpointConnectionError(endpoint_url="x"))
    assert is_passing(exceptions.ReadTimeoutError(endpoint_url="x"))
    assert not is_passing(exceptions.SSLError(endpoint_url="x", error="expired"))
    assert not is_passing(exceptions.NoCredentialsError())
    refused = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    assert not is_passing(exceptions.ClientError(refused, "PutObject"))


def test_an_upload_to_a_server_that_is_busy_comes_through(served: Served, tmp_path: Path) -> None:
    served.failures = 3
    remote = open_remote(
        f"http://127.0.0.1:{served.port}/data", project=tmp_path, embedded=tmp_path / "unused"
    )
    put_bytes(remote, OID, b"content")
    assert b"".join(read_object(remote, OID)) == b"content"


def test_a_server_that_stays_busy_is_named(served: Served, tmp_path: Path) -> None:
    served.failures = 100
    remote = open_remote(
        f"http://127.0.0.1:{served.port}/data", project=tmp_path, embedded=tmp_path / "unused"
    )
    with pytest.raises(RemoteError, match=f"object {OID} cannot be written in the remote .*503"):
        put_bytes(remote, OID, b"content")
    assert served.failures == 100 - 5


def test_a_reading_that_is_cut_goes_on_where_it_was_cut(served: Served, tmp_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    remote = open_remote(
        f"http://127.0.0.1:{served.port}/data", project=tmp_path, embedded=tmp_path / "unused"
    )
    put_bytes(remote, OID, content)
    served.cuts = 2
    assert b"".join(read_object(remote, OID)) == content
    assert served.cuts == 0


@pytest.mark.parametrize("spared", [0, 3])
def test_a_copy_survives_cut_connections(
    spared: int, s3: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dvc_s3", reason="dvc[s3] is not installed")
    with (
        cutting(s3, spared=spared, cut=3) as address,
        s3_remote(s3, tmp_path, monkeypatch, via=address) as remote,
    ):
        for number in range(8):
            put_bytes(remote, f"{number:032x}", b"content")
            assert object_size(remote, f"{number:032x}") == 7
            remove_object(remote, f"{number:032x}")
        copy = store(folder, remote)
        assert verify(copy, remote) == []
        assert len(references(remote)) == 1
