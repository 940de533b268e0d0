"""The registry of datasets: one index run each in the experiment ``mlsnap``.

An experiment's name is unique in MLflow, so creating ``mlsnap/<dataset>`` is the atomic claim of
a dataset's name; a tag set in that same call names the index run. The index run's parameters are
the atomic claims of snapshot names, snapshot numbers and definition versions.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Experiment, Run, RunTag, ViewType
from mlflow.exceptions import MlflowException

from mlsnap.errors import NameTakenError, NotFoundError, near
from mlsnap.tracking import artifacts, paths, tags, timeline
from mlsnap.tracking.claims import claim
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import translated
from mlsnap.tracking.standing import created_of
from mlsnap.values.moment import moment_of
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import DatasetState, Definition, SnapshotRecord
from mlsnap.values.texts import storable
from mlsnap.values.timeline import DriftRecord

_NOTE_LIMIT = 8000
_GONE = "RESOURCE_DOES_NOT_EXIST"


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A dataset as the catalog knows it.

    ``names`` maps each claimed snapshot name to the id of its run, whatever became of it.
    """

    name: str
    experiment_id: str
    index_run_id: str
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    state: DatasetState = DatasetState.ACTIVE
    replaced_by: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    definitions: dict[int, str] = field(default_factory=dict)

    @property
    def next_number(self) -> int:
        """The lowest snapshot number above all claimed ones."""
        return max(self.numbers, default=0) + 1


class Catalog:
    """Datasets in one MLflow."""

    def __init__(self, client: MlflowClient) -> None:
        self.client = client

    def create(
        self, name: str, definition: Definition, *, description: str, user_tags: Mapping[str, str]
    ) -> DatasetEntry:
        """Register a dataset; `NameTakenError` if the name is taken."""
        with translated(f"register the dataset {name!r}"):
            index = self._create_index(name, description, user_tags)
            self._store_definition(index, definition)
            try:
                self.client.create_experiment(
                    tags.experiment_of(name), tags={tags.DATASET: name, tags.INDEX: index}
                )
            except MlflowException as error:
                self.client.delete_run(index)
                if self._experiment(name) is None:
                    raise
                raise _taken(name, self._experiment(name)) from error
        return self.get(name)

    def get(self, name: str) -> DatasetEntry:
        """The dataset ``name``; `NotFoundError` with near names if there is none."""
        with translated(f"look up the dataset {name!r}"):
            experiment = self._experiment(name)
            if experiment is not None and tags.INDEX not in experiment.tags:
                raise _foreign(experiment)
            if experiment is None or experiment.lifecycle_stage != "active":
                raise NotFoundError(
                    f"no dataset {name!r}{near(name, self.names())}",
                    "list them with `mlsnap datasets`; make one with `mlsnap register NAME SOURCE`",
                )
            return entry_of(experiment, self._index_run(experiment))

    def search(self) -> list[DatasetEntry]:
        """All datasets, by name."""
        with translated("list the datasets"):
            return sorted(
                (entry_of(each, self._index_run(each)) for each in self._experiments()),
                key=lambda entry: entry.name,
            )

    def names(self) -> list[str]:
        """Names of all datasets."""
        return [each.tags[tags.DATASET] for each in self._experiments()]

    def store_id(self) -> str:
        """Identity of this MLflow, 32 hex digits; nothing is written for it.

        It follows from the experiment that holds the index runs, so it stays the same from
        whichever machine and by whichever address one looks.
        """
        with translated("identify this MLflow"):
            found = self.client.get_experiment_by_name(tags.CATALOG)
        known = (found.experiment_id, found.creation_time, found.artifact_location) if found else ()
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:32]

    def set_state(
        self, entry: DatasetEntry, state: DatasetState, *, replaced_by: str | None = None
    ) -> DatasetEntry:
        """Change whether a dataset may be used."""
        with translated(f"mark the dataset {entry.name!r} {state}"):
            marks = {tags.STATE: state.value, tags.REPLACED_BY: replaced_by or ""}
            told = [RunTag(key, value) for key, value in marks.items()]
            self.client.log_batch(entry.index_run_id, tags=told)
        return self.get(entry.name)

    def definition(self, entry: DatasetEntry, version: int | None = None) -> Definition:
        """The definition ``version`` of a dataset, the latest by default."""
        version = max(entry.definitions) if version is None else version
        if version not in entry.definitions:
            raise NotFoundError(
                f"no definition {version} of dataset {entry.name!r}",
                f"its versions are {', '.join(map(str, sorted(entry.definitions)))}",
            )
        token = entry.definitions[version]
        stored = artifacts.read_json(self.client, entry.index_run_id, paths.definition(token))
        return dataclasses.replace(Definition.from_dict(stored), version=version)

    def add_definition(self, entry: DatasetEntry, definition: Definition) -> int:
        """Store the next definition; returns its version. Concurrent ones get the next numbers."""
        with translated(f"update the definition of {entry.name!r}"):
            version = max(entry.definitions, default=0) + 1
            return self._store_definition(entry.index_run_id, definition, version)

    def log_timeline(
        self,
        entry: DatasetEntry,
        record: SnapshotRecord,
        profile: Profile,
        drift: DriftRecord | None,
    ) -> None:
        """Add a snapshot to the dataset's metrics, at its number and time."""
        values = timeline.values_of(profile, drift)
        with translated(f"add to the time line of {entry.name!r}"):
            timeline.log_point(
                self.client, entry.index_run_id, record.number, values, at=record.created
            )

    def _create_index(self, name: str, description: str, user_tags: Mapping[str, str]) -> str:
        run = self.client.create_run(
            self._catalog_id(),
            run_name=name,
            tags={
                tags.KIND: "dataset",
                tags.DATASET: name,
                tags.STATE: DatasetState.ACTIVE.value,
                tags.USER_TAGS: json.dumps(dict(user_tags)),
                tags.NOTE: storable(description, _NOTE_LIMIT),
            },
        )
        self.client.set_terminated(run.info.run_id)
        return str(run.info.run_id)

    def _store_definition(self, index: str, definition: Definition, version: int = 1) -> int:
        token = uuid.uuid4().hex
        text = artifacts.to_json(definition.to_dict())
        artifacts.upload(self.client, index, {paths.definition(token): text})
        while not claim(self.client, index, f"{tags.DEFINITION_CLAIM}{version}", token):
            version += 1
        return version

    def _catalog_id(self) -> str:
        found = self.client.get_experiment_by_name(tags.CATALOG)
        if found is not None:
            if found.lifecycle_stage != "active":
                self.client.restore_experiment(found.experiment_id)
            return str(found.experiment_id)
        try:
            return str(self.client.create_experiment(tags.CATALOG))
        except MlflowException:
            if (made := self.client.get_experiment_by_name(tags.CATALOG)) is None:
                raise
            return str(made.experiment_id)

    def _experiment(self, name: str) -> Experiment | None:
        return self.client.get_experiment_by_name(tags.experiment_of(name))

    def _experiments(self) -> list[Experiment]:
        where = f"name LIKE {tags.quoted(tags.experiment_of('%'))}"
        found = every(
            lambda token: self.client.search_experiments(filter_string=where, page_token=token)
        )
        return [each for each in found if tags.INDEX in each.tags]

    def _index_run(self, experiment: Experiment) -> Run:
        """The index run; brought back, or made anew from the snapshots, if somebody deleted it."""
        run_id = experiment.tags[tags.INDEX]
        try:
            run = self.client.get_run(run_id)
        except MlflowException as error:
            if error.error_code != _GONE:
                raise
            return self._rebuild(experiment)
        if run.info.lifecycle_stage == "active":
            return run
        self.client.restore_run(run_id)
        return self.client.get_run(run_id)

    def _rebuild(self, experiment: Experiment) -> Run:
        name = experiment.tags[tags.DATASET]
        index = self._create_index(name, "", {})
        definitions: dict[int, dict[str, Any]] = {}
        for run in self._snapshot_runs(experiment.experiment_id):
            self._claim_again(index, run)
            if artifacts.exists(self.client, run.info.run_id, paths.RECORD):
                record = artifacts.read_json(self.client, run.info.run_id, paths.RECORD)
                stored = record["definition"]
                version = stored["version"]
                if version and (stored["source"] or version not in definitions):
                    definitions[version] = stored
        for version, stored in sorted((definitions or {1: Definition().to_dict()}).items()):
            self._store_definition(index, Definition.from_dict(stored), version)
        self.client.set_experiment_tag(experiment.experiment_id, tags.INDEX, index)
        return self.client.get_run(index)

    def _claim_again(self, index: str, run: Run) -> None:
        """What the snapshot run holds of a lost index run: name, number, point in the time line."""
        name, number = run.data.tags.get(tags.NAME), run.data.tags.get(tags.NUMBER)
        if not name or not number:
            return
        claim(self.client, index, name, run.info.run_id)
        claim(self.client, index, f"{tags.NUMBER_CLAIM}{number}", run.info.run_id)
        if run.info.lifecycle_stage == "active" and timeline.ROWS in run.data.metrics:
            at = moment_of(created_of(run))
            timeline.log_point(self.client, index, int(number), run.data.metrics, at=at)

    def _snapshot_runs(self, experiment_id: str) -> Iterator[Run]:
        return every(
            lambda token: self.client.search_runs(
                [experiment_id],
                filter_string=f"tags.`{tags.KIND}` = 'snapshot'",
                run_view_type=ViewType.ALL,
                page_token=token,
            )
        )


def entry_of(experiment: Experiment, run: Run) -> DatasetEntry:
    """What an experiment of snapshots and its index run say of the dataset."""
    params, run_tags = run.data.params, run.data.tags
    return DatasetEntry(
        name=experiment.tags[tags.DATASET],
        experiment_id=str(experiment.experiment_id),
        index_run_id=str(run.info.run_id),
        description=run_tags.get(tags.NOTE, ""),
        tags=json.loads(run_tags.get(tags.USER_TAGS, "{}")),
        state=DatasetState(run_tags.get(tags.STATE, DatasetState.ACTIVE.value)),
        replaced_by=run_tags.get(tags.REPLACED_BY) or None,
        names={key: value for key, value in params.items() if "/" not in key},
        numbers=tuple(_claimed(params, tags.NUMBER_CLAIM)),
        definitions={
            version: params[f"{tags.DEFINITION_CLAIM}{version}"]
            for version in _claimed(params, tags.DEFINITION_CLAIM)
        },
    )


def _claimed(params: Mapping[str, str], prefix: str) -> list[int]:
    return sorted(int(key.removeprefix(prefix)) for key in params if key.startswith(prefix))


def _foreign(experiment: Experiment) -> NameTakenError:
    return NameTakenError(
        f"the experiment {experiment.name!r} of MLflow is none of mlsnap's datasets",
        "rename that experiment, or choose another name for the dataset",
    )


def _taken(name: str, experiment: Experiment | None) -> NameTakenError:
    if experiment is not None and tags.INDEX not in experiment.tags:
        return _foreign(experiment)
    if experiment is not None and experiment.lifecycle_stage != "active":
        return NameTakenError(
            f"the dataset name {name!r} belongs to a deleted experiment of MLflow",
            "restore that experiment in MLflow, or choose another name",
        )
    return NameTakenError(
        f"a dataset {name!r} is registered already",
        f"use get_dataset({name!r}), or register with exist_ok=True (`--exist-ok`)",
    )
