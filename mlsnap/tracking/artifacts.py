"""Artifacts of a run as JSON and text."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from mlsnap.tracking.server import translated
from mlsnap.values.temporary import temporary_folder


def read_json(client: MlflowClient, run_id: str, path: str) -> Any:
    """The JSON artifact ``path`` of a run."""
    return json.loads(read_text(client, run_id, path))


def read_text(client: MlflowClient, run_id: str, path: str) -> str:
    """The text artifact ``path`` of a run."""
    with temporary_folder() as folder:
        return download(client, run_id, path, folder).read_text(encoding="utf-8")


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
