"""An MLflow and a remote of a contender's own, gone when it ends."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def project() -> Iterator[Path]:
    """A working folder with MLflow in a database, and a remote in a folder ``store``."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{scratch}/mlflow.db"
        os.environ["MLSNAP_DATA_DIRECTORY"] = f"{scratch}/store"
        os.environ["MLSNAP_CACHE_DIRECTORY"] = f"{scratch}/cache"
        os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
        yield Path(scratch)
        os.chdir("/")


@contextmanager
def server() -> Iterator[Path]:
    """The same with a tracking server on loopback, which holds the artifacts too."""
    with project() as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
        command += ["--port", port, "--workers", "1"]
        command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
        command += ["--artifacts-destination", f"{folder}/artifacts"]
        os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
        process = subprocess.Popen(command, stdout=sys.stderr, start_new_session=True)
        try:
            os.environ["MLFLOW_TRACKING_URI"] = address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/health", process)
            yield folder
        finally:
            os.killpg(process.pid, 15)
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError("the server ended")
