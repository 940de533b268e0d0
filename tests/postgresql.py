"""A real PostgreSQL server on loopback."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

MAY_NOT_SKIP = "postgresql" in os.environ.get("MLSNAP_TESTS_MAY_NOT_SKIP", "")
_DEBIAN = map(str, Path("/usr/lib/postgresql").glob("*/bin"))
_PROGRAMS = os.pathsep.join([os.environ.get("PATH", ""), *_DEBIAN])
_INITDB, _POSTGRES = (shutil.which(each, path=_PROGRAMS) for each in ("initdb", "postgres"))

PASSWORD = "p@ss/w:rd%"
USER = "reader"

needs_postgresql = pytest.mark.skipif(
    not (_INITDB and _POSTGRES) and not MAY_NOT_SKIP, reason="no PostgreSQL on this machine"
)


@contextmanager
def running() -> Iterator[int]:
    """A server that wants `PASSWORD` of `USER`; its port."""
    assert _INITDB is not None, "this gate needs PostgreSQL"
    assert _POSTGRES is not None, "this gate needs PostgreSQL"
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="mlsnap-postgresql-", dir="/tmp"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "password").write_text(PASSWORD)
    for each in (folder, folder / "password"):
        if user:
            shutil.chown(each, user)
    setup = [_INITDB, "-D", f"{folder}/data", "-U", USER, "--pwfile", f"{folder}/password"]
    setup += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
    subprocess.run(setup, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
    command = [_POSTGRES, "-D", f"{folder}/data", "-h", "127.0.0.1", "-p", str(port), "-F"]
    command += ["-k", str(folder)]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
        try:
            _wait(process, port)
            yield port
        finally:
            process.send_signal(2)  # ends it without waiting for its clients
            process.wait()
            shutil.rmtree(folder)


def new_database(port: int, name: str, *, like: str = "template1") -> str:
    """A database of the server at ``port`` that begins as a copy; its URL for SQLAlchemy.

    By default it begins empty.
    """
    import psycopg

    login = f"{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"
    with psycopg.connect(f"postgresql://{login}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'.encode())
    return f"postgresql+psycopg://{login}/{name}"


def _user() -> str | None:
    """Who runs the server: PostgreSQL refuses to be root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise AssertionError("no user to run PostgreSQL as")


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, "the server ended"
        time.sleep(0.1)
    raise AssertionError("the server did not start within half a minute")
