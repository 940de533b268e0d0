"""Experiments of MLflow and their runs."""

from __future__ import annotations

from collections.abc import Iterator

from mlflow import MlflowClient
from mlflow.entities import Experiment, Run
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, near
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import is_missing, translated


def runs_of(client: MlflowClient, experiment: str) -> tuple[str, Iterator[Run]]:
    """The name of an experiment, given by name or id, and its runs, newest first.

    Runs in MLflow's bin are left out. `NotFoundError` if there is no such experiment.
    """
    with translated(f"look up the experiment {experiment!r}"):
        found = client.get_experiment_by_name(experiment) or _by_id(client, experiment)
        if found is None:
            known = every(lambda token: client.search_experiments(page_token=token))
            raise NotFoundError(
                f"no experiment {experiment!r} in this MLflow"
                + near(experiment, (each.name for each in known)),
                "give its name or its id, as MLflow's page of it shows them",
            )
    return str(found.name), _newest_first(client, str(found.experiment_id))


def _by_id(client: MlflowClient, experiment: str) -> Experiment | None:
    try:
        return client.get_experiment(experiment)
    except MlflowException as error:
        if not is_missing(error):
            raise
        return None


def _newest_first(client: MlflowClient, experiment_id: str) -> Iterator[Run]:
    with translated(f"search the runs of experiment {experiment_id}"):
        yield from every(
            lambda token: client.search_runs(
                [experiment_id],
                order_by=["attributes.start_time DESC"],
                max_results=_PAGE,
                page_token=token,
            )
        )


_PAGE = 500
