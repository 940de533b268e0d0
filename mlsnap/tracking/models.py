"""Models of MLflow: logged ones and registered versions, and the runs that made them."""

from __future__ import annotations

from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput, Run

from mlsnap.errors import NotFoundError
from mlsnap.tracking import tags


def run_of_model(client: MlflowClient, uri: str) -> str:
    """The id of the run that a model came of: ``models:/name/3``, ``…@alias``, ``models:/m-…``."""
    name, _, version = uri.removeprefix("models:/").rpartition("/")
    try:
        if not name and version.startswith("m-"):
            return str(client.get_logged_model(version).source_run_id)
        if not name and "@" in version:
            return str(client.get_model_version_by_alias(*version.rsplit("@", 1)).run_id)
        if version == "latest":
            found = client.search_model_versions(f"name={tags.quoted(name)}")
            return str(max(found, key=lambda each: int(each.version)).run_id)
        return str(client.get_model_version(name, version).run_id)
    except Exception as error:
        raise NotFoundError(
            f"no model {uri!r} in this MLflow", "a model is models:/NAME/VERSION or models:/m-…"
        ) from error


def models_of(client: MlflowClient, run: Run) -> list[str]:
    """Registered versions of the run's models, and the logged ones that have none."""
    run_id = tags.quoted(run.info.run_id)
    versions = client.search_model_versions(f"run_id={run_id}")
    registered = {str(each.source).rpartition("/")[2] for each in versions}
    outputs: list[LoggedModelOutput] = run.outputs.model_outputs if run.outputs else []
    return [f"models:/{each.name}/{each.version}" for each in versions] + [
        f"models:/{each.model_id}" for each in outputs if each.model_id not in registered
    ]
