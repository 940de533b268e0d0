"""Artifacts of a run as JSON and text."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from mlsnap.errors import NotFoundError
from mlsnap.tracking.server import safe_uri, translated
from mlsnap.values.temporary import temporary_folder


def read_json(client: MlflowClient, run_id: str, path: str) -> Any:
    """The JSON artifact ``path`` of a run."""
    return json.loads(read_text(client, run_id, path))


def read_text(client: MlflowClient, run_id: str, path: str) -> str:
    """The text artifact ``path`` of a run."""
    with temporary_folder() as folder:
        return download(client, run_id, path, folder).read_text(encoding="utf-8")


def fetch(client: MlflowClient, artifact_uri: str, path: str) -> bytes:
    """The file ``path`` below the artifacts at ``artifact_uri``, in one request.

    `read_text` asks for the run and lists its folder first. `NotFoundError` if it is not there.
    """
    where = f"{path} below {safe_uri(artifact_uri)}"
    with temporary_folder() as folder, translated(f"read {where}"):
        repository = get_artifact_repository(artifact_uri, client.tracking_uri)
        file = folder / "artifact"
        try:
            repository._download_file(path, str(file))  # what every kind of store has to have
        except Exception as error:
            if not _is_listed(repository, path):
                raise NotFoundError(
                    f"there is no {where}", "whoever deleted it may be able to bring it back"
                ) from error
            raise
        return file.read_bytes()


def parsed(text: bytes) -> Any:
    """What `json.loads` makes of ``text``, in a fraction of its time.

    Whole numbers beyond 64 bits, which orjson rounds, and half a surrogate pair, which it refuses,
    are left to `json`.
    """
    if _LONG_NUMBER not in b"," + text.translate(_SHAPE):
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(text)
    return json.loads(text)


_SHAPE = bytes.maketrans(b"0123456789[:- \t\n\r", b"0000000000,,,,,,,")
_LONG_NUMBER = b"," + 19 * b"0"
"""How a whole number that may have more than 64 bits looks in `_SHAPE`.

The digits of a fraction come after a point, and numbers as great have an exponent.
"""


def download(client: MlflowClient, run_id: str, path: str, folder: Path) -> Path:
    """The artifact ``path`` of a run, copied into ``folder``; returns the file or folder there."""
    with _without_bar(), translated(f"read the artifact {path} of run {run_id}"):
        return Path(client.download_artifacts(run_id, path, str(folder)))


def exists(client: MlflowClient, run_id: str, path: str) -> bool:
    """Whether a run has the artifact ``path``."""
    parent = path.rpartition("/")[0]
    with translated(f"list the artifacts of run {run_id}"):
        return any(each.path == path for each in client.list_artifacts(run_id, parent or None))


def upload(client: MlflowClient, run_id: str, files: dict[str, str]) -> None:
    """Store texts as artifacts of a run, by path, in one upload.

    Half a surrogate pair, which UTF-8 has not, is written as its number.
    """
    with temporary_folder() as folder:
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", errors="backslashreplace")
        upload_folder(client, run_id, folder)


def texts_of(folder: Path, *, at: str) -> dict[str, str]:
    """The text files of ``folder``, as `upload` takes them, below the path ``at``."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        f"{at}/{file.relative_to(folder).as_posix()}": file.read_text(encoding="utf-8")
        for file in files
    }


def upload_folder(client: MlflowClient, run_id: str, folder: Path) -> None:
    """Store everything in ``folder`` as artifacts of a run."""
    with _without_bar(), translated(f"store the artifacts of run {run_id}"):
        client.log_artifacts(run_id, str(folder))


def _is_listed(repository: ArtifactRepository, path: str) -> bool:
    parent = path.rpartition("/")[0]
    return any(each.path == path for each in repository.list_artifacts(parent or None))


def to_json(value: Any) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@contextmanager
def _without_bar() -> Iterator[None]:
    """MLflow draws a progress bar for each file, unless its variable says not to."""
    before = os.environ.get(_BAR)
    os.environ[_BAR] = "false"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_BAR, None)
        else:
            os.environ[_BAR] = before


_BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
