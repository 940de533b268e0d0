"""The way back without mlsnap: a small DVC project in which ``dvc pull`` brings a copy."""

from __future__ import annotations

import json
from pathlib import Path

from dvc.config import Config

from mlsnap.storage.manifest import check_copy, is_one_file
from mlsnap.storage.record import recordable
from mlsnap.values.names import check_name
from mlsnap.values.snapshot import DataCopy

REMOTE = "mlsnap"
"""Name of the remote in the pointer's DVC config."""


def write_pointer(copy: DataCopy, folder: Path, *, name: str) -> None:
    """Write a DVC project into ``folder`` that holds nothing but a pointer to ``copy``.

    These are ``.dvc/config`` with the recorded remote, no credentials, and ``<name>.dvc``;
    ``dvc pull`` there makes the folder ``<name>``, and checks what it brings by md5. A single
    file that the user's own project tracks gets the path that it has in the copy.

    Raises
    ------
    DataIntegrityError
        If the record of the copy is not sound.
    InvalidNameError
        If ``name`` could not be a dataset's.
    """
    check_copy(copy)
    check_name(name, "pointer")
    _write_config(folder / ".dvc", recordable(copy.remote))
    (folder / f"{name}.dvc").write_text(_out(copy, name), encoding="utf-8")


def _write_config(folder: Path, record: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / Config.CONFIG).write_bytes(b"")
    with Config(str(folder), validate=False).edit("repo", validate=False) as config:
        config["core"] = {"no_scm": "true", "remote": REMOTE}
        config["remote"] = {REMOTE: {**record, "verify": "true"}}


def _out(copy: DataCopy, name: str) -> str:
    """DVC's record of the folder or file; JSON strings are YAML strings."""
    one_file = is_one_file(copy)
    count = "" if one_file else f"  nfiles: {len(copy.parts)}\n"
    path = copy.parts[0].path if one_file else name
    return (
        "outs:\n"
        f"- md5: {copy.md5}\n"
        f"  size: {copy.size}\n"
        f"{count}"
        "  hash: md5\n"
        f"  path: {json.dumps(path)}\n"
        f"  remote: {REMOTE}\n"
    )
