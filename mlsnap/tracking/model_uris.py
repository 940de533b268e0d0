"""From how a user names a model to the run that it came of."""

from __future__ import annotations

import re
from itertools import islice

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from mlsnap.errors import NotFoundError, near
from mlsnap.tracking.models import is_named, logged_id, registered_models
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import is_missing, translated

_LOGGED = re.compile(r"m-[^/@]+")
_VERSION = re.compile(r"([^/]+)/(\d{1,9}|latest)")
_ALIAS = re.compile(r"([^/]+)@([^/@]+)")
_SHOWN = 5


def run_of_model(client: MlflowClient, uri: str) -> str:
    """The id of the run that a model came of.

    Parameters
    ----------
    uri
        ``models:/name/3``, ``models:/name/latest``, ``models:/name@alias`` or ``models:/m-…``.

    Raises
    ------
    NotFoundError
        If there is no such model, version or alias, naming those there are; or it came of no run.
    """
    place = uri.removeprefix("models:/").strip("/")
    with translated(f"look up the model {uri!r}"):
        if _LOGGED.fullmatch(place):
            return _required(_run_of_logged(client, place), uri)
        if found := _VERSION.fullmatch(place):
            return _required(_run_of_version(client, _version(client, found[1], found[2])), uri)
        if found := _ALIAS.fullmatch(place):
            return _required(_run_of_version(client, _aliased(client, found[1], found[2])), uri)
    raise NotFoundError(
        f"{uri!r} names no model",
        "a model is models:/NAME/VERSION, models:/NAME/latest, models:/NAME@ALIAS or models:/m-…",
    )


def _required(run_id: str | None, uri: str) -> str:
    if run_id:
        return run_id
    raise NotFoundError(
        f"the model {uri!r} came of no run, so nothing tells what it was trained on",
        "log a model inside of a run, and register it from there",
    )


def _run_of_logged(client: MlflowClient, model_id: str) -> str | None:
    try:
        found = client.get_logged_model(model_id).source_run_id
    except MlflowException as error:
        if not is_missing(error):
            raise
        raise NotFoundError(
            f"no logged model {model_id!r} in this MLflow", "copy the id from the model's page"
        ) from error
    return str(found) if found else None


def _run_of_version(client: MlflowClient, version: ModelVersion) -> str | None:
    """What the version says, or else the logged model that it was made of."""
    if version.run_id:
        return str(version.run_id)
    model_id = logged_id(version)
    return _run_of_logged(client, model_id) if model_id else None


def _version(client: MlflowClient, name: str, number: str) -> ModelVersion:
    if number == "latest":
        if newest := _newest(client, name, limit=1):
            return newest[0]
        raise _no_version(client, name, "no version yet", "register one")
    try:
        return client.get_model_version(name, str(int(number)))
    except MlflowException as error:
        if not is_missing(error):
            raise
        known = ", ".join(str(each.version) for each in _newest(client, name, limit=_SHOWN))
        hint = f"its newest versions: {known}" if known else "register one"
        raise _no_version(client, name, f"no version {int(number)}", hint) from error


def _aliased(client: MlflowClient, name: str, alias: str) -> ModelVersion:
    try:
        return client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if not is_missing(error):
            raise
        known = sorted(
            each for model in registered_models(client, {name}) for each in model.aliases
        )
        hint = f"its aliases: {', '.join(known)}" if known else "it has none; name a version"
        missing = f"no alias {alias!r}{near(alias, known)}"
        raise _no_version(client, name, missing, hint) from error


def _newest(client: MlflowClient, name: str, *, limit: int) -> list[ModelVersion]:
    found = every(
        lambda token: client.search_model_versions(
            is_named(name), max_results=limit, order_by=["version_number DESC"], page_token=token
        )
    )
    return list(islice((each for each in found if each.name == name), limit))


def _no_version(client: MlflowClient, name: str, missing: str, hint: str) -> NotFoundError:
    """The error for a registered model that has not what was asked for, or is not there."""
    if list(registered_models(client, {name})):
        return NotFoundError(f"the model {name!r} has {missing}", hint)
    known = every(lambda token: client.search_registered_models(page_token=token))
    return NotFoundError(
        f"no registered model {name!r} in this MLflow{near(name, (each.name for each in known))}",
        "a logged model that is not registered is models:/m-…",
    )
