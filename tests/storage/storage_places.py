"""What the tests store, and a small real HTTP server to store it in."""

from __future__ import annotations

import base64
import gc
import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiohttp_retry import RetryClient
from fsspec.asyn import get_loop, sync

from mlsnap.storage import Owner, Remote, open_remote, writing
from mlsnap.values.snapshot import DataCopy, Definition

READER = Definition(format="parquet", options={"order": "listed"})
FILES = ("part-0.bin", "part-1.bin", "sub/part-2.bin", "empty.bin")

OWNER = Owner("store", "run", "people@spring")

Run = Callable[..., str]


def store(
    folder: Path, remote: Remote, *, files: Sequence[str] = FILES, owner: Owner = OWNER
) -> DataCopy:
    """A copy of files of ``folder``, in the order of ``files``."""
    with writing(remote, owner) as writer:
        parts = [writer.put_file(folder, name) for name in files]
        return writer.finish(parts, reader=READER, verbatim=True)


MARK = """
import sys
from pathlib import Path
from mlsnap.storage import open_remote
from mlsnap.storage.presence import Presence
remote = open_remote(sys.argv[1], project=Path(), embedded=Path())
Presence(remote, sys.argv[2], {"store": "s", "run_id": "r", "snapshot": "x"}).touch()
"""


def left_by_a_dead_process(remote: Remote, kind: str, run: Run) -> None:
    """Leave the mark of a process that ended without taking it away."""
    where = Path(remote.root).parent
    run(where.parent, sys.executable, "-c", MARK, str(where), kind)


@contextmanager
def s3_remote(
    address: str, project: Path, monkeypatch: pytest.MonkeyPatch, *, via: str | None = None
) -> Iterator[Remote]:
    """A remote in a new bucket of the server at ``address``, reached at ``via`` if that is given.

    The bucket is gone afterwards.
    """
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", via or address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(project / "no-aws-config"))
    direct = s3fs.S3FileSystem(endpoint_url=address, skip_instance_cache=True)
    name = f"copies-{secrets.token_hex(4)}"
    direct.mkdir(name)
    try:
        yield open_remote(f"s3://{name}/data", project=project, embedded=project / "unused")
    finally:
        direct.rm(name, recursive=True)


@dataclass
class Served:
    """What the HTTP server holds, and how it behaves."""

    objects: dict[str, bytes] = field(default_factory=dict)
    login: str | None = None
    read_only: bool = False
    keeps: Callable[[bytes], bytes] = bytes
    asked: Callable[[], object] = lambda: None
    failures: int = 0
    cuts: int = 0
    port: int = 0

    def allows(self, handler: BaseHTTPRequestHandler) -> bool:
        expected = self.login and f"Basic {base64.b64encode(self.login.encode()).decode()}"
        return expected is None or handler.headers.get("Authorization") == expected


@contextmanager
def serve() -> Iterator[Served]:
    """A server that keeps what is posted to it, for as long as the block lasts."""
    held = Served()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET" and status == 200 and held.cuts:
                held.cuts -= 1
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif self.command != "HEAD":
                self.wfile.write(body)

        def do_GET(self) -> None:
            held.asked()
            if not held.allows(self):
                self.answer(401)
            elif self.path in held.objects:
                self.answer(200, held.objects[self.path])
            else:
                self.answer(404)

        do_HEAD = do_GET  # noqa: N815

        def do_POST(self) -> None:
            body = self._body()
            if held.failures:
                held.failures -= 1
                self.answer(503)
            elif held.read_only or not held.allows(self):
                self.answer(403)
            else:
                held.objects[self.path] = held.keeps(body)
                self.answer(201)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers["Content-Length"]))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, clients_closed():
        held.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield held
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def clients_closed() -> Iterator[None]:
    """Close the sessions that dvc-http leaves to the garbage collector, before it finds them."""
    gc.disable()
    try:
        yield
    finally:
        for each in gc.get_objects():
            if issubclass(type(each), RetryClient):
                sync(get_loop(), each.close)
        gc.enable()
