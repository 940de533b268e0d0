"""Many runs made again, for a check at night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlsnap.errors import MlsnapError
from mlsnap.services.reproduction.reproducing import reproduce
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import runs
from mlsnap.values.reproduction import Attempt


def reproduce_last(experiment: str, last: int, **how: Any) -> Iterator[Attempt]:
    """Make the ``last`` finished runs of an experiment again, the newest first, one by one.

    Runs without a recorded call, and runs that were reproductions themselves, do not count.

    Parameters
    ----------
    how
        As for `reproduce`.

    Raises
    ------
    NotFoundError
        If there is no such experiment.
    """
    for run in last_runs(open_workspace(), experiment, last):
        run_id, name = run.info.run_id, run.info.run_name
        try:
            yield Attempt(run_id, name, reproduce(run_id, **how))
        except MlsnapError as error:
            yield Attempt(run_id, name, None, error.fact)


def last_runs(workspace: Workspace, experiment: str, last: int) -> list[Any]:
    """The newest finished runs of an experiment that could be made again."""
    return runs.tracked_runs(workspace.catalog.client, experiment, last)
