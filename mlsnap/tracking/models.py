"""Models of MLflow: logged ones and registered versions, and the runs that made them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import LoggedModel, Run
from mlflow.entities.model_registry import ModelVersion, RegisteredModel

from mlsnap.tracking import internals, tags
from mlsnap.tracking.dataset_inputs import SHORT_DIGEST
from mlsnap.tracking.inputs import TRAINING, inputs_of
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import translated

_IN_AN_ADDRESS = 80
"""Ids of runs that the address of a request holds: some servers allow 4,094 characters."""

_IN_A_BODY = 500
_FEW = 100
"""Models that one request asks for, where reading a long list of ids takes longer."""

_BY_NAME = 10
_LOGGED = re.compile(r"models:/(m-[^/]+)/?")


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version of a registered model; ``model_id`` is the logged model that it is of, if any."""

    name: str
    version: int
    aliases: tuple[str, ...] = ()
    model_id: str | None = None

    @property
    def uri(self) -> str:
        """How to name it anywhere: ``models:/name/3``."""
        return f"models:/{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class RunModel:
    """A model as a run logged it."""

    model_id: str
    name: str

    @property
    def uri(self) -> str:
        """How to name it anywhere: ``models:/m-…``."""
        return f"models:/{self.model_id}"


@dataclass(frozen=True, slots=True)
class Models:
    """The models that came of a run: versions by name and number, logged ones as they came."""

    versions: tuple[RegisteredVersion, ...] = ()
    logged: tuple[RunModel, ...] = ()

    @property
    def uris(self) -> tuple[str, ...]:
        """The registered versions, and the logged models that have none."""
        registered = {each.model_id for each in self.versions}
        return tuple(each.uri for each in self.versions) + tuple(
            each.uri for each in self.logged if each.model_id not in registered
        )


def models_of(client: MlflowClient, runs: Sequence[Run]) -> dict[str, Models]:
    """The models of each run, by its id, in a few requests for all of them."""
    versions = _versions_of(client, runs)
    logged = _logged_by(client, runs)
    return {
        run_id: Models(tuple(versions[run_id]), tuple(logged[run_id]))
        for run_id in (str(run.info.run_id) for run in runs)
    }


def registered_by(client: MlflowClient, run_id: str) -> list[str]:
    """Names of the models of which a run registered versions; one request."""
    with translated(f"look for models of run {run_id}"):
        return sorted({version.name for version in _search_versions(client, [run_id])})


def output_ids(run: Run) -> list[str]:
    """Ids of the models that a run logged."""
    return [str(each.model_id) for each in run.outputs.model_outputs] if run.outputs else []


def logged_id(version: ModelVersion) -> str | None:
    """The logged model that a registered version was made of; ``None``: of files of a run."""
    found = _LOGGED.fullmatch(str(version.source))
    return found[1] if found else None


def logged_here() -> frozenset[str]:
    """Ids of the models that threads of this process logged last; no request is made."""
    return frozenset(internals.last_model_ids())


def link_models(client: MlflowClient, run: Run) -> None:
    """Tag the models that a run has logged with the snapshots that it used, as it is itself.

    So ``search_logged_models`` and ``search_model_versions`` find them by snapshot and digest.
    Models that come later are found through the run alone.
    """
    marks = _marks_of(run)
    logged = output_ids(run)
    if not marks or not logged:
        return
    with translated(f"tag the models of run {run.info.run_id}"):
        for each in logged:
            client.set_logged_model_tags(each, marks)
        for version in _search_versions(client, [str(run.info.run_id)]):
            for key, value in marks.items():
                client.set_model_version_tag(version.name, str(version.version), key, value)


def subject_of(run: Run) -> dict[str, str]:
    """What metrics of a run are of, as fields of MLflow's `Metric`: dataset and model.

    The dataset is its only input, or else the one it was trained on; the model its only one.
    MLflow keeps the dataset of a metric only together with a model.
    """
    subject = {}
    if len(logged := output_ids(run)) == 1:
        subject["model_id"] = logged[0]
    used = inputs_of(run)
    for each in used:
        if each.digest and (len(used) == 1 or each.context == TRAINING):
            digest = each.digest[:SHORT_DIGEST]
            subject |= {"dataset_name": each.reference, "dataset_digest": digest}
    return subject


def _marks_of(run: Run) -> dict[str, str]:
    marks = {}
    for each in inputs_of(run):
        marks[tags.SNAPSHOT + each.context] = each.reference
        marks[tags.INPUT_DIGEST + each.context] = each.digest
    return marks


def _versions_of(client: MlflowClient, runs: Sequence[Run]) -> dict[str, list[RegisteredVersion]]:
    found = sorted(
        _search_versions(client, [str(run.info.run_id) for run in runs]),
        key=lambda each: (each.name, int(each.version)),
    )
    aliases = _aliases(client, {each.name for each in found})
    by_run: dict[str, list[RegisteredVersion]] = defaultdict(list)
    for each in found:
        number = int(each.version)
        named = tuple(aliases.get((each.name, number), ()))
        by_run[each.run_id].append(RegisteredVersion(each.name, number, named, logged_id(each)))
    return by_run


def _search_versions(client: MlflowClient, run_ids: Sequence[str]) -> Iterator[ModelVersion]:
    if len(run_ids) > _IN_AN_ADDRESS:
        page = client.search_model_versions(max_results=_FEW)
        if not page.token:
            yield from (each for each in page if each.run_id in set(run_ids))
            return
    for where in _conditions("run_id", run_ids, _IN_AN_ADDRESS):
        yield from every(partial(_versions_page, client, where))


def _versions_page(client: MlflowClient, where: str, token: str | None) -> Any:
    return client.search_model_versions(where, page_token=token)


def _aliases(client: MlflowClient, names: set[str]) -> dict[tuple[str, int], list[str]]:
    """The aliases of versions, by name and number."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for model in registered_models(client, names):
        for alias, version in sorted(model.aliases.items()):
            found[model.name, int(version)].append(alias)
    return found


def registered_models(client: MlflowClient, names: set[str]) -> Iterator[RegisteredModel]:
    """The registered models of these names; of many names in requests for all there are."""
    wanted = map(is_named, sorted(names)) if len(names) <= _BY_NAME else [None]
    for where in wanted:
        for model in every(partial(_registered_page, client, where)):
            if model.name in names:
                yield model


def _registered_page(client: MlflowClient, where: str | None, token: str | None) -> Any:
    return client.search_registered_models(where, page_token=token)


def is_named(name: str) -> str:
    """The condition of MLflow's filter language for a registered model's ``name``.

    A text is between quotes of one kind, and cannot hold these. What holds both kinds is compared
    as a pattern, which other names may match, too.
    """
    if "'" not in name:
        return f"name = '{name}'"
    if '"' not in name:
        return f'name = "{name}"'
    return "name LIKE '" + name.replace("'", "_") + "'"


def _logged_by(client: MlflowClient, runs: Sequence[Run]) -> dict[str, list[RunModel]]:
    """The models that runs logged, by run, the first one first; deleted ones are left out."""
    found: dict[str, list[RunModel]] = defaultdict(list)
    for each in sorted(_search_logged(client, runs), key=lambda each: each.creation_timestamp):
        found[str(each.source_run_id)].append(RunModel(str(each.model_id), str(each.name)))
    return found


def _search_logged(client: MlflowClient, runs: Sequence[Run]) -> Iterator[LoggedModel]:
    experiments = sorted({str(run.info.experiment_id) for run in runs})
    run_ids = [str(run.info.run_id) for run in runs]
    if not runs:
        return
    if len(runs) > _IN_AN_ADDRESS:
        page = client.search_logged_models(experiments, max_results=_FEW)
        if not page.token:
            yield from page
            return
    for where in _conditions("source_run_id", run_ids, _IN_A_BODY):
        yield from every(partial(_logged_page, client, experiments, where))


def _logged_page(
    client: MlflowClient, experiments: list[str], where: str, token: str | None
) -> Any:
    return client.search_logged_models(experiments, where, page_token=token)


def _conditions(field: str, values: Sequence[str], size: int) -> Iterator[str]:
    for start in range(0, len(values), size):
        yield f"{field} IN ({', '.join(map(tags.quoted, values[start : start + size]))})"
