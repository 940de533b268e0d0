"""What mlsnap writes to a run: gathered first, then written in one go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial

from mlflow import MlflowClient
from mlflow.entities import DatasetInput, Run, RunTag
from mlflow.exceptions import MlflowException

from mlsnap.tracking import artifacts
from mlsnap.tracking.patience import again
from mlsnap.tracking.server import translated

_TAG_BATCH = 100


@dataclass
class Entry:
    """Dataset inputs, tags and files by their paths, for a run."""

    inputs: list[DatasetInput] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, artifacts.Content] = field(default_factory=dict)

    def __ior__(self, other: Entry) -> Entry:
        self.inputs += other.inputs
        self.tags |= other.tags
        self.files |= other.files
        return self


def write(client: MlflowClient, run: Run, entry: Entry) -> None:
    """Add ``entry`` to a run; writing it again changes nothing.

    The files come first, side by side: what has a tag is there.
    """
    artifacts.send(client, run.info.artifact_uri, entry.files)
    run_id = run.info.run_id
    with translated(f"write to run {run_id}"):
        if entry.inputs:
            _log_inputs(client, run_id, entry.inputs)
        told = [RunTag(*each) for each in entry.tags.items()]
        for start in range(0, len(told), _TAG_BATCH):
            again(partial(client.log_batch, run_id, tags=told[start : start + _TAG_BATCH]))


def _log_inputs(client: MlflowClient, run_id: str, inputs: list[DatasetInput]) -> None:
    """Add inputs; MLflow's database refuses those that another process adds at the same moment
    for the first time, and takes them when they are there.
    """
    for attempt in range(_MEETINGS):
        try:
            again(partial(client.log_inputs, run_id, inputs))
        except MlflowException as error:
            if attempt + 1 == _MEETINGS or not _ADDED_MEANWHILE.search(str(error)):
                raise
        else:
            return


_MEETINGS = 5
_ADDED_MEANWHILE = re.compile("IntegrityError|UniqueViolation")
