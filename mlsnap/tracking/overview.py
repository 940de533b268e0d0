"""Datasets and snapshots for whoever only looks: in few requests, and nothing is mended.

`Catalog` brings a deleted index run back; looking at a page must not change anything. Runs that
somebody tagged as snapshots and that lack what snapshots have are passed over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Experiment, Run
from mlflow.utils.search_utils import SearchUtils

from mlsnap.tracking import artifacts, paths, tags
from mlsnap.tracking.catalog import DatasetEntry, entry_of
from mlsnap.tracking.pages import every
from mlsnap.tracking.server import translated
from mlsnap.tracking.standing import IS_READY, summary_of
from mlsnap.values.snapshot import Definition, SnapshotSummary

_IDS = 500
"""Ids of a search: databases take about a thousand values in a statement."""

_FARTHEST = 2**31
"""More results than that are passed over by no database."""


@dataclass(frozen=True, slots=True)
class Found:
    """A ready snapshot: its run as MLflow has it, and what lists show of it."""

    run: Run
    summary: SnapshotSummary

    @property
    def missing(self) -> float:
        """Share of missing cells, 0-1."""
        return float(self.run.data.metrics.get("percent_missing", 0.0))


@dataclass(frozen=True, slots=True)
class Known:
    """A dataset, and its index run as MLflow has it; ``None`` if somebody deleted that."""

    entry: DatasetEntry
    index: Run | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset in a list, and its newest snapshot if it has any."""

    entry: DatasetEntry
    newest: Found | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some snapshots of a dataset, highest number first; ``more``: lower ones follow."""

    snapshots: tuple[Found, ...]
    more: bool


def datasets(client: MlflowClient) -> list[Listed]:
    """All datasets, by name."""
    with translated("list the datasets"):
        entries = _entries(client)
        newest = _newest(client, entries)
    return [Listed(each, newest.get(each.name)) for each, _ in entries]


def dataset(client: MlflowClient, name: str) -> Known | None:
    """The dataset ``name``; ``None`` if there is none."""
    with translated(f"look up the dataset {name!r}"):
        found = client.get_experiment_by_name(tags.experiment_of(name))
        if found is None or not _is_dataset(found):
            return None
        catalog = _catalog(client)
        if catalog is None:
            return None
        where = f"attributes.run_id = {tags.quoted(found.tags[tags.INDEX])}"
        runs = client.search_runs([catalog], where)
        index = next(iter(runs), None)
        return Known(_entry(found, index), index)


def definition(client: MlflowClient, known: Known) -> Definition | None:
    """The newest definition of a dataset; `NotFoundError` if somebody deleted it.

    ``None``: its index run is lost, which says which it is.
    """
    if known.index is None or not known.entry.definitions:
        return None
    version = max(known.entry.definitions)
    path = paths.definition(known.entry.definitions[version])
    stored = artifacts.fetch(client, known.index.info.artifact_uri, path)
    return dataclasses.replace(Definition.from_dict(artifacts.parsed(stored)), version=version)


def experiment_of(client: MlflowClient, name: str) -> str | None:
    """Id of the experiment of a dataset's snapshots; ``None`` if there is none."""
    with translated(f"look up the dataset {name!r}"):
        found = client.get_experiment_by_name(tags.experiment_of(name))
        is_there = found is not None and _is_dataset(found) and _catalog(client)
        return str(found.experiment_id) if is_there else None


def names(client: MlflowClient) -> list[str]:
    """Names of all datasets."""
    with translated("list the datasets"):
        return [each.tags[tags.DATASET] for each in _experiments(client)]


def page(client: MlflowClient, experiment_id: str, *, offset: int, count: int) -> Page:
    """``count`` ready snapshots of a dataset after the ``offset`` newest ones."""
    token = SearchUtils.create_page_token(offset) if offset else None
    with translated("search the snapshots of a dataset"):
        found = client.search_runs(
            [experiment_id],
            IS_READY,
            max_results=count,
            order_by=["metrics.number DESC"],
            page_token=token,
        )
    return Page(tuple(_found(found)), more=bool(found.token))


def snapshot(client: MlflowClient, experiment_id: str, name: str) -> Found | None:
    """The ready snapshot ``name`` of a dataset; ``None`` if there is none."""
    return _first(client, experiment_id, f"tags.`{tags.NAME}` = {tags.quoted(name)}")


def unready(client: MlflowClient, experiment_id: str, name: str) -> Run | None:
    """The run of a snapshot ``name`` that is not ready; ``None`` if there is none."""
    where = f"tags.`{tags.NAME}` = {tags.quoted(name)} and tags.`{tags.KIND}` = 'snapshot'"
    with translated(f"look up the snapshot {name!r}"):
        return next(iter(client.search_runs([experiment_id], where, max_results=1)), None)


def before(client: MlflowClient, experiment_id: str, number: int) -> Found | None:
    """The ready snapshot with the highest number below ``number``."""
    return _first(client, experiment_id, f"metrics.number < {number}")


def after(client: MlflowClient, experiment_id: str, number: int) -> Found | None:
    """The ready snapshot with the lowest number above ``number``."""
    return _first(client, experiment_id, f"metrics.number > {number}", order="ASC")


def by_age(client: MlflowClient, experiment_id: str, back: int) -> Found | None:
    """The ready snapshot ``back`` before the newest one."""
    if back > _FARTHEST:
        return None
    token = SearchUtils.create_page_token(back) if back else None
    return _first(client, experiment_id, "", token=token)


def by_digest(client: MlflowClient, experiment_id: str, prefix: str) -> Found | None:
    """The newest ready snapshot whose digest begins with ``prefix``."""
    return _first(client, experiment_id, f"tags.`{tags.DIGEST}` LIKE {tags.quoted(prefix + '%')}")


def _first(
    client: MlflowClient,
    experiment_id: str,
    where: str,
    *,
    order: str = "DESC",
    token: str | None = None,
) -> Found | None:
    with translated("look up a snapshot"):
        found = client.search_runs(
            [experiment_id],
            f"{IS_READY} and {where}" if where else IS_READY,
            max_results=1,
            order_by=[f"metrics.number {order}"],
            page_token=token,
        )
    return next(_found(found), None)


def _entries(client: MlflowClient) -> list[tuple[DatasetEntry, str | None]]:
    """The datasets, by name, each with the run that claimed its highest snapshot number."""
    catalog = _catalog(client)
    if catalog is None:
        return []
    runs = every(lambda token: client.search_runs([catalog], page_token=token))
    index = {str(run.info.run_id): run for run in runs}
    found = [_entry(each, index.get(each.tags[tags.INDEX])) for each in _experiments(client)]
    found.sort(key=lambda entry: entry.name)
    return [(each, _highest(each, index.get(each.index_run_id))) for each in found]


def _entry(experiment: Experiment, index: Run | None) -> DatasetEntry:
    """What is known of a dataset; somebody may have deleted its index run."""
    if index is not None:
        return entry_of(experiment, index)
    name, lost = experiment.tags[tags.DATASET], experiment.tags[tags.INDEX]
    return DatasetEntry(name, str(experiment.experiment_id), lost)


def _highest(entry: DatasetEntry, index: Run | None) -> str | None:
    if index is None or not entry.numbers:
        return None
    found: str = index.data.params[f"{tags.NUMBER_CLAIM}{max(entry.numbers)}"]
    return found


def _newest(
    client: MlflowClient, entries: Sequence[tuple[DatasetEntry, str | None]]
) -> dict[str, Found]:
    """The newest snapshot of each dataset, by its name.

    Mostly it is the one that claimed the highest number, and those are asked for together; where
    that one is not ready, or was deleted, or the index run is gone, the dataset is searched.
    """
    found = {each.summary.dataset: each for each in _ready_among(client, entries)}
    for entry, _ in entries:
        if entry.name not in found and (entry.names or not entry.definitions):
            latest = _first(client, entry.experiment_id, "")
            if latest is not None:
                found[entry.name] = latest
    return found


def _ready_among(
    client: MlflowClient, entries: Sequence[tuple[DatasetEntry, str | None]]
) -> Iterator[Found]:
    asked = [(entry.experiment_id, run_id) for entry, run_id in entries if run_id]
    for start in range(0, len(asked), _IDS):
        experiments, run_ids = zip(*asked[start : start + _IDS], strict=True)
        listed = ", ".join(map(tags.quoted, run_ids))
        where = f"attributes.run_id IN ({listed}) and {IS_READY}"
        runs = client.search_runs(list(experiments), where, max_results=_IDS)
        yield from _found(runs)


def _found(runs: Iterable[Run]) -> Iterator[Found]:
    for run in runs:
        with suppress(KeyError, ValueError):
            yield Found(run, summary_of(run))


def _experiments(client: MlflowClient) -> list[Experiment]:
    where = f"name LIKE {tags.quoted(tags.experiment_of('%'))}"
    found = every(lambda token: client.search_experiments(filter_string=where, page_token=token))
    return [each for each in found if _is_dataset(each)]


def _is_dataset(experiment: Experiment) -> bool:
    """Whether it is the live experiment of the dataset that its name says."""
    name = experiment.tags.get(tags.DATASET, "")
    return (
        tags.INDEX in experiment.tags
        and experiment.name == tags.experiment_of(name)
        and experiment.lifecycle_stage == "active"
    )


def _catalog(client: MlflowClient) -> str | None:
    found = client.get_experiment_by_name(tags.CATALOG)
    if found is None or found.lifecycle_stage != "active":
        return None
    return str(found.experiment_id)
