"""Sources on a real SSH server, with the key and the known host of the user's own folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsnap.data.sources import define, files_of, open_source
from mlsnap.errors import SourceError

asyncssh = pytest.importorskip("asyncssh", reason="asyncssh is not installed")
pytest.importorskip("sshfs", reason="sshfs is not installed")


SERVE = """
import asyncio, sys, asyncssh

async def serve(host_key, authorized):
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host_key],
        authorized_client_keys=authorized, sftp_factory=True,
    )
    print(server.get_port(), flush=True)
    await server.wait_closed()

asyncio.run(serve(*sys.argv[1:]))
"""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an SSH server that lets in who has the key in the home folder."""
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    user.write_private_key(str(folder / "id_ed25519"))
    host.write_private_key(str(tmp_path / "host"))
    user.write_public_key(str(tmp_path / "authorized"))
    command = [sys.executable, "-c", SERVE, str(tmp_path / "host"), str(tmp_path / "authorized")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        known = host.export_public_key().decode()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {known}")
        try:
            yield f"ssh://someone@127.0.0.1:{port}"
        finally:
            process.terminate()


def test_a_folder_is_read_over_ssh(address: str, tmp_path: Path):
    (tmp_path / "in").mkdir()
    for number in (2, 1):
        (tmp_path / "in" / f"{number}.csv").write_text(f"x\n{number}\n")

    definition = define(f"{address}{tmp_path}/in")

    assert [str(file) for file in files_of(definition)] == [
        f"{address}{tmp_path}/in/1.csv",
        f"{address}{tmp_path}/in/2.csv",
    ]
    assert open_source(definition).table().to_pydict() == {"x": [1, 2]}
    assert open_source(define(f"{address}{tmp_path}/in/[1].csv")).table().num_rows == 1


def test_a_file_that_changes_on_the_ssh_server_is_refused(address: str, tmp_path: Path):
    (tmp_path / "x.csv").write_text("x\n1\n")
    rows = open_source(define(f"{address}{tmp_path}/x.csv"))
    (tmp_path / "x.csv").write_text("x\n22\n")

    with pytest.raises(SourceError, match=r"x\.csv changed while it was being read"):
        rows.table()


def test_a_server_that_is_not_known_is_refused(address: str, tmp_path: Path):
    (Path(os.environ["HOME"]) / ".ssh" / "known_hosts").write_text("")

    with pytest.raises(SourceError, match=r"x\.csv cannot be read: Host key is not trusted"):
        define(f"{address}{tmp_path}/x.csv")
