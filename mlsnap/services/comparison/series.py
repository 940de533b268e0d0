"""Snapshots in an order: those of a dataset, of an experiment's runs, or any tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlsnap.errors import NotFoundError
from mlsnap.report.statements import counted
from mlsnap.services import late
from mlsnap.services.references import find_profile
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import experiments, inputs, stored_profiles
from mlsnap.tracking.standing import summary_of
from mlsnap.tracking.stored_profiles import ProfilePlace
from mlsnap.values import reference
from mlsnap.values.moment import moment_of
from mlsnap.values.names import is_name
from mlsnap.values.profile import Profile


@dataclass(frozen=True, slots=True)
class Member:
    """One of a series; number, name, moment and run as `DriftStep` has them.

    ``same`` is equal where two runs used the same snapshot, so that its profile is read once.
    """

    number: int
    name: str
    at: datetime | None
    run_id: str | None
    profile: Profile | ProfilePlace
    same: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Members in order; ``sought`` says that they were found by looking, not named one by one."""

    title: str
    members: tuple[Member, ...]
    workspace: Workspace | None = None
    dataset: str | None = None
    sought: bool = False
    left_out: tuple[str, ...] = ()


def of_anything(what: Any, *, last: int | None) -> Series:
    """The snapshots of the dataset of that name, or the tables of a list, or the only one."""
    if isinstance(what, list | tuple | Iterator):
        return of_tables(what, last=last)
    if isinstance(what, str) and is_name(what):
        try:
            return of_dataset(what, last=last)
        except NotFoundError:
            if not Path(what).exists():
                raise
    if not isinstance(what, str | Path) and isinstance(what, late.Dataset):
        return of_dataset(what.name, last=last)
    return of_tables([what], last=last)


def of_dataset(dataset: str, *, last: int | None) -> Series:
    """The ready snapshots of a dataset by number, the ``last`` ones of them."""
    workspace = open_workspace()
    runs = workspace.snapshots.ready_runs(workspace.catalog.get(dataset), limit=last)
    members = tuple(map(_snapshot, reversed(runs)))
    return Series(dataset, members, workspace, dataset, sought=True)


def of_runs(runs: Sequence[str], *, context: str | None, last: int | None) -> Series:
    """The inputs of these runs, in this order, each the id of a run or a reference to one."""
    named = [_run_reference(each) for each in ([runs] if isinstance(runs, str) else runs)]
    named = named[-(last or len(named)) :]
    workspace = open_workspace()
    found = inputs.get_runs(workspace.catalog.client, [each.run_id for each in named])
    members = [
        _input(number, run, inputs.pick_input(run, ref.context or context))
        for number, (ref, run) in enumerate(zip(named, found, strict=True), start=1)
    ]
    return Series(counted(len(members), "run"), tuple(members), workspace)


def of_experiment(experiment: str, *, context: str | None, last: int | None) -> Series:
    """The inputs of an experiment's runs, oldest first; runs without such an input are left out."""
    workspace = open_workspace()
    name, runs = experiments.runs_of(workspace.catalog.client, experiment)
    used: list[tuple[Any, inputs.RunInput]] = []
    without = 0
    for run in runs:
        if len(used) == last:
            break
        try:
            used.append((run, inputs.pick_input(run, context)))
        except NotFoundError:
            without += 1
    members = tuple(_input(number, *each) for number, each in enumerate(reversed(used), start=1))
    why = f"no input {context!r}" if context else "no single input, and none named 'training'"
    left_out = (f"{counted(without, 'run')} left out: {why}",) if without else ()
    return Series(f"experiment {name}", members, workspace, sought=True, left_out=left_out)


def of_tables(tables: Iterable[Any], *, last: int | None) -> Series:
    """Anything with a profile, in this order."""
    every = list(tables)
    found = every[-(last or len(every)) :]
    members = [_table(number, each) for number, each in enumerate(found, start=1)]
    return Series(counted(len(members), "table"), tuple(members))


def profiles_of(series: Series) -> list[Profile | NotFoundError]:
    """Each member's profile, or the error that says it is gone. Equal ones are one object."""
    if series.workspace is None:
        return [each.profile for each in series.members if isinstance(each.profile, Profile)]
    places = [
        (each.same, each.profile)
        for each in series.members
        if isinstance(each.profile, ProfilePlace)
    ]
    first = dict(reversed(places))
    client = series.workspace.catalog.client
    found = stored_profiles.read_profiles(client, first.values())
    gone = [place for same, place in places if isinstance(found[first[same]], NotFoundError)]
    found |= stored_profiles.read_profiles(client, gone)  # another run may have it still
    return [found.get(place, found[first[same]]) for same, place in places]


def _snapshot(run: Any) -> Member:
    summary = summary_of(run)
    return Member(
        number=summary.number,
        name=f"{summary.dataset}@{summary.name}",
        at=moment_of(summary.created),
        run_id=None,
        profile=stored_profiles.place_in_snapshot(run),
        same=("", summary.digest),
    )


def _input(number: int, run: Any, used: inputs.RunInput) -> Member:
    return Member(
        number=number,
        name=f"{used.reference} ({run.info.run_name})",
        at=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        run_id=str(run.info.run_id),
        profile=stored_profiles.place_in_input(run, used.context),
        same=(used.reference, used.digest),
    )


def _table(number: int, table: Any) -> Member:
    found = find_profile(table, default_name=f"table {number}")
    named = isinstance(table, str | Path)
    at = table.record.created if not named and isinstance(table, late.Snapshot) else None
    return Member(number, found.name, at, None, found.profile)


def _run_reference(text: str) -> reference.ByRun:
    ref = reference.parse(text)
    if isinstance(ref, reference.ByRun):
        return ref
    raise NotFoundError(f"{text!r} is no run", "a run is its id, or runs:/ID, with #CONTEXT behind")
