"""How datasets and snapshots are shown. Apart from the values, as they bring MLflow and DVC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlsnap.showing  # noqa: F401
from mlsnap.report.facts import facts_fragment, facts_text
from mlsnap.report.records import brief_facts, source_text
from mlsnap.services.datasets import Dataset
from mlsnap.services.snapshots import Snapshot
from mlsnap.tracking.server import connect
from mlsnap.values.shown import SHOWS, Show
from mlsnap.values.snapshot import Status


def snapshot_facts(snapshot: Snapshot) -> dict[str, str]:
    """The fields of a snapshot; of one that is not ready, or out of reach, how it stands."""
    known = {"name": snapshot.name, "dataset": snapshot.dataset_name}
    return known | _unless_it_fails(lambda: _stored_facts(snapshot))


def dataset_facts(dataset: Dataset) -> dict[str, str]:
    """The fields of a dataset; what cannot be reached is said to be so."""
    known = {
        "name": dataset.name,
        "description": dataset.description,
        "tags": ", ".join(f"{key}={value}" for key, value in dataset.tags.items()),
        "state": _state(dataset),
        "definition version": str(dataset.definition_version),
    }
    told = {name: value for name, value in known.items() if value}
    return told | _unless_it_fails(lambda: _looked_up_facts(dataset))


def _stored_facts(snapshot: Snapshot) -> dict[str, str]:
    if "record" in vars(snapshot):
        return brief_facts(snapshot.record)
    connect(snapshot._workspace.uri)
    status = snapshot.get_status()
    if status is Status.COMPLETED:
        return brief_facts(snapshot.record)
    if status is Status.FAILED:
        why = snapshot._workspace.snapshots.error(snapshot.run_id)
        return {"status": f"{status}: {' '.join(why.split())}"}
    return {"status": str(status)}


def _looked_up_facts(dataset: Dataset) -> dict[str, str]:
    connect(dataset._workspace.uri)
    return {
        "source": source_text(dataset.get_definition()),
        "snapshots": str(len(dataset.summaries())),
    }


def _state(dataset: Dataset) -> str:
    instead = f", replaced by {dataset.replaced_by}" if dataset.replaced_by else ""
    return f"{dataset.state}{instead}"


def _unless_it_fails(facts: Callable[[], dict[str, str]]) -> dict[str, str]:
    """``facts()``; showing an object raises nothing, wherever MLflow is."""
    try:
        return facts()
    except Exception as error:
        return {"not known": str(getattr(error, "fact", error))}


def _facts_show(title: Callable[[Any], str], facts: Callable[[Any], dict[str, str]]) -> Show:
    return Show(
        lambda value: facts_text(title(value), facts(value)),
        lambda value: facts_fragment(title(value), facts(value)),
    )


SHOWS[Snapshot] = _facts_show(lambda snapshot: f"Snapshot {snapshot.reference}", snapshot_facts)
SHOWS[Dataset] = _facts_show(lambda dataset: f"Dataset {dataset.name}", dataset_facts)
