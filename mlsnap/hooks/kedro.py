"""Hooks of Kedro: one run for each run of a pipeline, with the data that it begins with."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from kedro.framework.hooks import hook_impl

from mlsnap.data import carriers
from mlsnap.hooks.inputs import link, warned
from mlsnap.lineage import ranks
from mlsnap.services.workspace import open_workspace
from mlsnap.tracking import active, call_runs
from mlsnap.tracking.call_runs import CallRun


class SnapshotHooks:
    """Each table that the pipeline reads and does not make becomes an input of the run.

    Its context is its name in the catalog. The run is the active one, or one named after the
    pipeline, to which what nodes log to MLflow goes too. A failure is a warning. Nodes in other
    processes (``ParallelRunner``) are not seen.

    >>> HOOKS = (SnapshotHooks(),)  # in settings.py  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._run: CallRun | None = None
        self._body = ExitStack()

    @hook_impl  # type: ignore[untyped-decorator]
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any) -> None:
        """Open the run."""
        if not ranks.is_main_process():
            return
        self._names = set(pipeline.inputs())
        with warned("could not open a run"):
            open_workspace()
            self._run = call_runs.open_run(run_params.get("pipeline_name") or "__default__")
            self._body.enter_context(active.body_of(self._run, is_call=False))

    @hook_impl  # type: ignore[untyped-decorator]
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Link it, the first time it is read."""
        if self._run and dataset_name in self._names and carriers.is_table(data):
            self._names.remove(dataset_name)
            link(data, context=dataset_name, run_id=self._run.run_id)

    @hook_impl  # type: ignore[untyped-decorator]
    def after_pipeline_run(self) -> None:
        """End the run."""
        self._close(None)

    @hook_impl  # type: ignore[untyped-decorator]
    def on_pipeline_error(self, error: Exception) -> None:
        """End the run as failed."""
        self._close(error)

    def _close(self, error: Exception | None) -> None:
        self._body.close()
        run, self._run = self._run, None
        with warned("could not end the run"):
            if run:
                run.close(error)
