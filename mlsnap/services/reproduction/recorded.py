"""What a run recorded of its calls, brought to a folder of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mlsnap.errors import NotReproducibleError
from mlsnap.services.reproduction import shapes
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import artifacts, inputs, paths, runs
from mlsnap.values.lineage import FORMAT, Body, Call
from mlsnap.values.temporary import temporary_folder

SIZE_LIMIT = 500_000_000
"""Bytes above which a file of a recorded call is not read."""

_NOT_OURS = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)

T = TypeVar("T", Call, Body)


@dataclass(frozen=True)
class Recorded:
    """A run's calls as they were recorded, in their order.

    ``bodies`` is what of chance came up in each, ``folders`` where the files of each were
    brought to.
    """

    workspace: Workspace
    run: Any
    calls: tuple[Call, ...]
    bodies: tuple[Body, ...]
    folders: tuple[Path, ...]

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.run.info.run_id)


@contextmanager
def recorded_run(run_id: str) -> Iterator[Recorded]:
    """A run's recorded calls; `NotReproducibleError` if it has none."""
    workspace = open_workspace()
    client = workspace.catalog.client
    run = inputs.get_run(client, run_id.removeprefix("runs:/").strip("/"))
    if not runs.calls_of(client, run.info.run_id):
        raise NotReproducibleError(
            f"run {run.info.run_id} recorded no call that could be made again",
            "only functions under @mlsnap.track and scripts under `mlsnap run` are recorded",
        )
    with temporary_folder() as folder:
        root = artifacts.download(client, run.info.run_id, paths.CALLS, folder)
        folders = tuple(sorted(root.iterdir()))
        yield Recorded(
            workspace,
            run,
            tuple(read(Call, each / paths.CALL) for each in folders),
            tuple(map(_body, folders)),
            folders,
        )


def _body(folder: Path) -> Body:
    file = folder / paths.BODY
    return read(Body, file) if file.exists() else Body()


def read(kind: type[T], file: Path) -> T:
    """What a file of a recorded call holds, which may be of anybody.

    Raises
    ------
    NotReproducibleError
        If it cannot be read, is nothing that mlsnap writes, or is of a newer mlsnap.
    """
    try:
        if file.stat().st_size > SIZE_LIMIT:
            raise ValueError(f"it has more than {SIZE_LIMIT:,} bytes")
        stored = json.loads(file.read_text(encoding="utf-8"))
        _check_format(stored.get("format", FORMAT), file.name)
        found = kind.from_dict(stored)
        shapes.check(found)
    except _NOT_OURS as error:
        raise NotReproducibleError(
            f"{file.name} of a recorded call cannot be read: {error!r}",
            "the run's artifacts are damaged or incomplete: look at them in MLflow",
        ) from error
    return found


def _check_format(number: object, name: str) -> None:
    """A format of the future is no damage; anything but a number is."""
    if not isinstance(number, int):
        raise TypeError(f"its format is {type(number).__name__}")
    if number > FORMAT:
        raise NotReproducibleError(
            f"a newer mlsnap recorded the run: {name} has format version {number}, this mlsnap "
            f"reads up to {FORMAT}",
            "upgrade mlsnap",
        )
