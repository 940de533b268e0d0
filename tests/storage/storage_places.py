"""What the tests store, and a small real HTTP server to store it in."""

from __future__ import annotations

import base64
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiohttp_retry import RetryClient
from fsspec.asyn import get_loop, sync

from mlsnap.values.snapshot import Definition

READER = Definition(format="parquet", options={"order": "listed"})
FILES = ("part-0.bin", "part-1.bin", "sub/part-2.bin", "empty.bin")

Run = Callable[..., str]


@dataclass
class Served:
    """What the HTTP server holds, and how it behaves."""

    objects: dict[str, bytes] = field(default_factory=dict)
    login: str | None = None
    read_only: bool = False
    keeps: Callable[[bytes], bytes] = bytes
    asked: Callable[[], object] = lambda: None
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
            if self.command != "HEAD":
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
            if held.read_only or not held.allows(self):
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
