"""The link from a run to a snapshot it used."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from mlsnap.services import creation
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import entries, inputs
from mlsnap.tracking.entries import Entry
from mlsnap.values.names import slug

DEFAULT_CONTEXT = inputs.TRAINING

_TURNS: dict[int, threading.Lock] = {}
"""By process: what a thread held when the process was forked, nobody would ever release."""


def link_freely(
    workspace: Workspace,
    run_id: str,
    snapshot: Snapshot,
    *,
    context: str = DEFAULT_CONTEXT,
    given: str | None = None,
) -> None:
    """Make ``snapshot`` an input of a run: dataset input, tags, profile and report.

    The context is not taken from another snapshot of the run: one that is taken becomes the
    dataset's name, then ``<dataset>-<snapshot>``. ``given`` is the reference by which the run
    loaded it.
    """
    client = workspace.catalog.client
    with in_turn():
        run = inputs.get_run(client, run_id)
        free = free_context(contexts_of(run), snapshot, _contexts(snapshot, context))
        entry = link(snapshot, context=free)
        if given is not None:
            entry |= inputs.loaded(given, snapshot.reference)
        entries.write(client, run, entry)


def in_turn() -> threading.Lock:
    """Held from reading a run's contexts to writing a new one, which other threads might take."""
    return _TURNS.setdefault(os.getpid(), threading.Lock())


def link(snapshot: Snapshot, *, context: str) -> Entry:
    """What makes ``snapshot`` an input of a run, in ``context``."""
    profile = snapshot.get_profile()
    report = partial(creation.report_bytes, snapshot.record, profile)
    return inputs.link(snapshot.record, profile=profile, context=context, report=report)


def contexts_of(run: Any) -> dict[str, str]:
    """Which snapshot a run has in each of its contexts."""
    return {each.context: each.reference for each in inputs.inputs_of(run)}


def free_context(taken: dict[str, str], snapshot: Snapshot, choices: Iterable[str]) -> str:
    """The first of the ``choices`` that is ``taken`` by no other snapshot."""
    return next(
        each for each in choices if taken.get(slug(each), snapshot.reference) == snapshot.reference
    )


def _contexts(snapshot: Snapshot, wanted: str) -> Iterator[str]:
    yield wanted
    yield snapshot.dataset_name
    name = f"{snapshot.dataset_name}-{snapshot.name}"
    yield name
    yield from (f"{name}-{number}" for number in itertools.count(2))
