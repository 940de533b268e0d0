"""MLflow as one caller may read it, and never writes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Experiment, LoggedModel, Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED, RESOURCE_DOES_NOT_EXIST
from mlflow.store.entities import PagedList

from mlsnap.tracking import tags


class ReadingClient:
    """What of an `MlflowClient` reads: to this caller, what they may not read is not there.

    It has the methods of a client that the rest of mlsnap reads with, so everything that is looked
    up through it, near names in error messages included, keeps to what the caller may see.

    Parameters
    ----------
    client
        Whose store is read.
    may_read
        Whether the caller may read the experiment of that id.
    may_read_model
        Whether they may read the registered model of that name.
    """

    def __init__(
        self,
        client: MlflowClient,
        *,
        may_read: Callable[[str], bool] = lambda experiment_id: True,
        may_read_model: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self._client = client
        self._may_read = may_read
        self._may_read_model = may_read_model
        self._may_name = cache(self._is_shown)
        self._shown_runs: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        raise MlflowException(f"{name} is not among what may be read", PERMISSION_DENIED)

    @property
    def tracking_uri(self) -> str:
        """Where the store is."""
        return str(self._client.tracking_uri)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """As the client's."""
        if not self._may_read(experiment_id):
            raise _missing("experiment", experiment_id)
        return self._client.get_experiment(experiment_id)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """As the client's."""
        found = self._client.get_experiment_by_name(name)
        return found if found is not None and self._may_read(found.experiment_id) else None

    def search_experiments(
        self, view_type: int = ViewType.ACTIVE_ONLY, **search: Any
    ) -> PagedList[Experiment]:
        """As the client's; a page of it may have fewer than were asked for."""
        found = self._client.search_experiments(view_type, **search)
        return PagedList([e for e in found if self._may_read(e.experiment_id)], found.token)

    def get_run(self, run_id: str) -> Run:
        """As the client's."""
        run = self._client.get_run(run_id)
        if not self._may_read(run.info.experiment_id):
            raise _missing("run", run_id)
        (shown,) = self._without_hidden_inputs([run])
        return shown

    def restore_run(self, run_id: str) -> None:
        """Nothing: a run in MLflow's bin can be read there."""

    def search_runs(
        self, experiment_ids: list[str], *arguments: Any, **search: Any
    ) -> PagedList[Run]:
        """As the client's; experiments that the caller may not read are left out."""
        readable = [each for each in experiment_ids if self._may_read(each)]
        if not readable:
            return PagedList([], None)
        found = self._client.search_runs(readable, *arguments, **search)
        self._shown_runs |= {str(run.info.run_id) for run in found}
        return PagedList(self._without_hidden_inputs(found), found.token)

    def get_metric_history(self, run_id: str, key: str) -> Any:
        """As the client's; whether a run may be read is looked up once."""
        if run_id not in self._shown_runs:
            self.get_run(run_id)
            self._shown_runs.add(run_id)
        return self._client.get_metric_history(run_id, key)

    def list_artifacts(self, run_id: str, path: str | None = None) -> Any:
        """As the client's."""
        self.get_run(run_id)
        return self._client.list_artifacts(run_id, path)

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """As the client's."""
        self.get_run(run_id)
        return str(self._client.download_artifacts(run_id, path, dst_path))

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """As the client's."""
        model = self._client.get_logged_model(model_id)
        if not self._may_read(model.experiment_id):
            raise _missing("model", model_id)
        return model

    def search_logged_models(
        self, experiment_ids: list[str], *arguments: Any, **search: Any
    ) -> Any:
        """As the client's; experiments that the caller may not read are left out."""
        readable = [each for each in experiment_ids if self._may_read(each)]
        if not readable:
            return PagedList([], None)
        return self._client.search_logged_models(readable, *arguments, **search)

    def get_model_version(self, name: str, version: str) -> Any:
        """As the client's."""
        self._check_model(name)
        return self._client.get_model_version(name, version)

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """As the client's."""
        self._check_model(name)
        return self._client.get_model_version_by_alias(name, alias)

    def search_model_versions(self, *arguments: Any, **search: Any) -> PagedList[Any]:
        """As the client's; a page of it may have fewer than were asked for."""
        found = self._client.search_model_versions(*arguments, **search)
        return PagedList([v for v in found if self._may_read_model(v.name)], found.token)

    def search_registered_models(self, *arguments: Any, **search: Any) -> PagedList[Any]:
        """As the client's; a page of it may have fewer than were asked for."""
        found = self._client.search_registered_models(*arguments, **search)
        return PagedList([m for m in found if self._may_read_model(m.name)], found.token)

    def _without_hidden_inputs(self, runs: Iterable[Run]) -> list[Run]:
        """``runs`` that do not name the datasets that the caller may not read."""
        return [_without(run, self._hidden(run)) for run in runs]

    def _hidden(self, run: Run) -> set[str]:
        """References to snapshots among the tags of ``run`` that may not be named."""
        named = (value for key, value in run.data.tags.items() if key.startswith(_NAME_A_SNAPSHOT))
        return {each for each in named if not self._may_name(each.partition("@")[0])}

    def _is_shown(self, dataset: str) -> bool:
        found = self._client.get_experiment_by_name(tags.experiment_of(dataset))
        return found is None or self._may_read(found.experiment_id)

    def _check_model(self, name: str) -> None:
        if not self._may_read_model(name):
            raise _missing("registered model", name)


_NAME_A_SNAPSHOT = (tags.SNAPSHOT, tags.LOADED)


def _without(run: Run, hidden: set[str]) -> Run:
    """``run`` without what names the snapshots ``hidden``; it was read for this caller only."""
    if hidden:
        held = run.data.tags
        for key in [key for key, value in held.items() if value in hidden]:
            del held[key]
            held.pop(tags.INPUT_DIGEST + key.removeprefix(tags.SNAPSHOT), None)
        shown = run.inputs.dataset_inputs if run.inputs else []
        shown[:] = [each for each in shown if each.dataset.name not in hidden]
    return run


def _missing(noun: str, name: str) -> MlflowException:
    return MlflowException(f"there is no {noun} {name!r}", RESOURCE_DOES_NOT_EXIST)
