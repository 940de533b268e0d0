"""An HTTP server before another one that passes requests on, or fails as it is told."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

KEY_ID, SECRET_KEY = "AKIAKEYOFNOBODY00001", "a-secret-key-that-is-not-stored"
"""What opens the bucket of the tests."""


class Failure(Enum):
    """How a request ends."""

    BUSY = 503
    BROKEN = 500
    FORBIDDEN = 403
    CUT_BEFORE = "the connection ends when half of the request has been read"
    CUT_AFTER = "the request is done, but the connection ends half way through the answer"


@dataclass(frozen=True)
class Request:
    """A request, and how many like it came before."""

    method: str
    path: str
    earlier: int

    @property
    def is_write(self) -> bool:
        return self.method in ("PUT", "POST", "DELETE")


Fails = Callable[[Request], Failure | None]


@dataclass
class Flaky:
    """The address to use, what was asked for, and how to fail."""

    fails: Fails = lambda request: None
    address: str = ""
    requests: list[Request] = field(default_factory=list)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, method: str, path: str) -> Request:
        with self._lock:
            request = Request(method, path, self._counts[method, path])
            self._counts[method, path] += 1
            self.requests.append(request)
        return request

    def forget(self) -> None:
        """From now on the server is well, and no request is known."""
        with self._lock:
            self.fails = lambda request: None
            self.requests.clear()
            self._counts.clear()

    def written(self) -> list[str]:
        """Paths of the objects that were sent."""
        return [each.path for each in self.requests if each.method == "PUT"]


@contextmanager
def flaky(behind: str) -> Iterator[Flaky]:
    """A server before the one at ``behind``, for as long as the block lasts."""
    told = Flaky()
    target = urlsplit(behind).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            failure = told.fails(told.note(self.command, self.path))
            if failure is Failure.CUT_BEFORE:
                self.rfile.read(int(self.headers.get("Content-Length", 0)) // 2)
                self.cut()
                return
            body = self.body()
            if isinstance(failure, Failure) and isinstance(failure.value, int):
                self.answer(failure.value, {"Content-Type": "application/xml"}, _error(failure))
            else:
                self.answer(*self.passed_on(body), cut=failure is Failure.CUT_AFTER)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            skipped = ("transfer-encoding", "connection", "content-length", "expect")
            headers = {
                key: value for key, value in self.headers.items() if key.lower() not in skipped
            }
            connection = http.client.HTTPConnection(target, timeout=30)
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            kept = _kept(answer.getheaders())
            if self.command == "HEAD":
                kept["Content-Length"] = answer.getheader("Content-Length", "0")
            else:
                kept["Content-Length"] = str(len(content))
            connection.close()
            return answer.status, kept, content

        def answer(
            self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False
        ) -> None:
            if cut and not content:
                self.cut()
                return
            self.send_response_only(status)
            for key, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if cut:
                self.wfile.write(content[: len(content) // 2])
                self.cut()
            elif self.command != "HEAD":
                self.wfile.write(content)

        def cut(self) -> None:
            """End the connection without a word, as a process does that dies."""
            self.wfile.flush()
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            pass  # a client that hangs up

    with Server(("127.0.0.1", 0), Handler) as server:
        told.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


def _kept(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that are not of one connection alone."""
    skipped = ("transfer-encoding", "connection", "content-length", "expect")
    return {key: value for key, value in headers if key.lower() not in skipped}


def _error(failure: Failure) -> bytes:
    code = "SlowDown" if failure is Failure.BUSY else "InternalError"
    return f"<Error><Code>{code}</Code><Message>try again</Message></Error>".encode()


def objects_in(server: str) -> dict[str, bytes]:
    """All that is in the bucket of an S3 server."""
    import s3fs

    bucket = s3fs.S3FileSystem(endpoint_url=server, key=KEY_ID, secret=SECRET_KEY)
    bucket.invalidate_cache()
    return {path: bucket.cat_file(path) for path in bucket.find("shared")}
