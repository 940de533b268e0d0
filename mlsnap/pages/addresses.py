"""Where the pages are, and those of MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from mlsnap.pages.site import Site

_AS_MACHINE_LEARNING = "?workflowType=machine_learning"
"""MLflow opens experiments as those of language models, unless it is told."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the pages of one site; whatever a name holds, it stays in its place."""

    site: Site

    @property
    def datasets(self) -> str:
        """The page of all datasets."""
        return f"{self.site.address}/"

    def dataset(self, dataset: str, *, page: int = 1) -> str:
        """A dataset's page, or a further page of its snapshots."""
        place = f"{self.site.address}/datasets/{_part(dataset)}"
        return f"{place}?page={page}#snapshots" if page > 1 else place

    def snapshot(self, dataset: str, name: str) -> str:
        """A snapshot's page."""
        return f"{self.dataset(dataset)}/{_part(name)}"

    def rows(self, dataset: str, name: str) -> str:
        """The page of its first rows."""
        return f"{self.snapshot(dataset, name)}/rows"

    @property
    def compare(self) -> str:
        """The page that compares, without what."""
        return f"{self.site.address}/compare"

    def comparison(self, reference: str, current: str) -> str:
        """The page that compares two references."""
        return f"{self.compare}?{_query(reference=reference, current=current)}"

    def run(self, run_id: str, *, context: str | None = None) -> str:
        """The page of a run's data, with the profile of its input in that context."""
        place = f"{self.site.address}/runs/{_part(run_id)}"
        return f"{place}?{_query(context=context)}" if context else place

    @property
    def mlflow(self) -> str:
        """MLflow's own pages."""
        return f"{self.site.mlflow}/"

    def mlflow_experiment(self, experiment_id: str) -> str:
        """MLflow's page of the runs of an experiment."""
        return f"{self._shown(experiment_id)}/runs{_AS_MACHINE_LEARNING}"

    def mlflow_run(self, experiment_id: str, run_id: str) -> str:
        """MLflow's page of a run."""
        return f"{self._shown(experiment_id)}/runs/{_part(run_id)}"

    def mlflow_logged_model(self, experiment_id: str, model_id: str) -> str:
        """MLflow's page of a model that a run logged."""
        return f"{self._shown(experiment_id)}/models/{_part(model_id)}"

    def mlflow_version(self, name: str, version: int | str) -> str:
        """MLflow's page of a version of a registered model."""
        return f"{self.mlflow}#/models/{_part(name)}/versions/{_part(str(version))}"

    def _shown(self, experiment_id: str) -> str:
        return f"{self.mlflow}#/experiments/{_part(experiment_id)}"


def _query(**values: str) -> str:
    return urlencode(values, quote_via=quote, errors="replace")


def _part(text: str) -> str:
    """``text`` as one part of a path."""
    return quote(text, safe="", errors="replace")
