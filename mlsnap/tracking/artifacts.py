"""Artifacts of a run as JSON and text."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson
from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from mlsnap.errors import NotFoundError
from mlsnap.tracking import internals
from mlsnap.tracking.addresses import safe_uri
from mlsnap.tracking.server import translated
from mlsnap.tracking.variables import variables
from mlsnap.values.temporary import temporary_folder

Content = bytes | Callable[[], bytes]
"""What a file holds, or what tells it, in a thread of the upload."""

_AT_ONCE = 4
"""Uploads under way."""


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
            internals.download_file(repository, path, file)
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
    """Store texts as artifacts of a run, by path, in one go.

    Half a surrogate pair, which UTF-8 has not, is written as its number.
    """
    with translated(f"store the artifacts of run {run_id}"):
        artifact_uri = client.get_run(run_id).info.artifact_uri
    send(client, artifact_uri, {path: to_bytes(text) for path, text in files.items()})


def send(client: MlflowClient, artifact_uri: str, files: Mapping[str, Content]) -> None:
    """Store files below the artifacts at ``artifact_uri``, by path, several at once."""
    with (
        translated(f"store artifacts at {safe_uri(artifact_uri)}"),
        temporary_folder() as folder,
        ThreadPoolExecutor(_AT_ONCE, "mlsnap upload") as threads,
    ):
        repository = get_artifact_repository(artifact_uri, client.tracking_uri)
        sent = [
            threads.submit(_send, repository, folder / str(number), path, content)
            for number, (path, content) in enumerate(files.items())
        ]
        for each in sent:
            each.result()


def _send(repository: ArtifactRepository, folder: Path, path: str, content: Content) -> None:
    parent, _, name = path.rpartition("/")
    folder.mkdir()
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content())
    repository.log_artifact(str(file), parent or None)


def texts_of(folder: Path, *, at: str) -> dict[str, str]:
    """The text files of ``folder``, as `upload` takes them, below the path ``at``."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        f"{at}/{file.relative_to(folder).as_posix()}": file.read_text(encoding="utf-8")
        for file in files
    }


def _is_listed(repository: ArtifactRepository, path: str) -> bool:
    parent = path.rpartition("/")[0]
    return any(each.path == path for each in repository.list_artifacts(parent or None))


def to_json(value: Any) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_bytes(value: Any) -> bytes:
    """What `to_json` says, in a fraction of its time; ``value`` must hold no NaN or infinity.

    Whole numbers beyond 64 bits and half surrogate pairs are left to `json`.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return to_bytes(to_json(value))


def to_bytes(text: str) -> bytes:
    """``text`` in UTF-8; half a surrogate pair, which that has not, is written as its number."""
    return text.encode("utf-8", errors="backslashreplace")


def _without_bar() -> AbstractContextManager[object]:
    """MLflow draws a progress bar for each file, unless its variable says not to."""
    return variables({"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"})
