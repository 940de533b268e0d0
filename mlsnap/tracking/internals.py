"""What mlsnap uses of MLflow's inside: the only place that knows private names of MLflow.

Each is here because no public name gives the same, and says which and why.
"""

from __future__ import annotations

from pathlib import Path

from mlflow import ActiveRun
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.tracking import fluent


def active_runs() -> list[ActiveRun]:
    """This thread's active runs, the innermost last; changing the list changes what is active.

    ``mlflow.active_run`` gives the innermost only, and ``mlflow.end_run`` writes to the server.
    """
    found: list[ActiveRun] = fluent._active_run_stack.get()
    return found


def set_active_runs(runs: list[ActiveRun]) -> None:
    """From now on these are this thread's: for coroutines, which take turns in one thread."""
    fluent._active_run_stack.set(runs)


def active_runs_by_thread() -> dict[int, list[ActiveRun]]:
    """Those of all threads: a thread of the user's pool belongs to a run of another one."""
    found: dict[int, list[ActiveRun]] = fluent._active_run_stack.get_all_thread_values()
    return found


def current_experiment_id() -> str:
    """The experiment of new runs: what the user has set, or the variables say, or the default.

    No public function says it without making the run.
    """
    return str(fluent._get_experiment_id())


def last_model_ids() -> list[str]:
    """The model that each thread logged last; without a request, as searching for them takes.

    ``mlflow.last_logged_model`` asks the server, for this thread's.
    """
    found = fluent._last_logged_model_id.get_all_thread_values().values()
    return [str(each) for each in found if each]


def download_file(repository: ArtifactRepository, path: str, file: Path) -> None:
    """One artifact, in one request: what every kind of store has to have.

    ``download_artifacts`` lists the folder first.
    """
    repository._download_file(path, str(file))
