"""A real tracking server of MLflow on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(
    folder: Path,
    *,
    store: str | None = None,
    artifacts: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """A server that passes artifacts on; its address. By default it keeps all in ``folder``."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", store or f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
    command += ["--artifacts-destination", artifacts or str(folder / "artifacts")]
    quick = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment = {**os.environ, **quick, **(variables or {})}
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            wait_until_healthy(f"{address}/health", process, folder / "log.txt")
            yield address
        finally:
            os.killpg(process.pid, 9)  # it waits for open connections otherwise
            process.wait()


def served(database: Path, to: Path) -> Path:
    """A copy of an empty database of MLflow, whose artifacts go through a server."""
    shutil.copy(database, to)
    with sqlite3.connect(to) as connection:
        connection.execute("UPDATE experiments SET artifact_location = 'mlflow-artifacts:/0'")
    connection.close()
    return to


def free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when something answers at ``url``; fail, with the log, if ``process`` has ended."""
    for _ in range(1200):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())
