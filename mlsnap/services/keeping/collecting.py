"""Garbage collection: data that no run, registered model or pin needs, and what creations left.

Roots are the runs that used a snapshot (with the models that came of them), also those in
MLflow's bin, and pins. Copies of other MLflow servers in the same remote always count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from mlsnap import storage
from mlsnap.services.keeping.holding import UNUSABLE, Holding, Ours, look
from mlsnap.services.remotes import remote_of
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import changes
from mlsnap.tracking.uses import used_ones
from mlsnap.values.collection import Collection, FreedCopy, FreedObject, RemoteCollection
from mlsnap.values.duration import seconds_of, span_text
from mlsnap.values.moment import moment_text
from mlsnap.values.snapshot import DataCopy, Status


def gc(
    dry_run: bool = True,
    *,
    older_than: str | float | timedelta = "24h",
    remote: str | None = None,
) -> Collection:
    """Free data that no snapshot, run, registered model or pin needs.

    That is: objects in no snapshot, left by deleted snapshots and by creations that failed or
    were killed; and the copies of snapshots that no run used and that are not pinned, of which
    profile and record stay. Runs count until ``mlflow gc`` removes them for good.

    Parameters
    ----------
    dry_run
        Whether to look only.
    older_than
        What is younger stays: ``"90m"``, ``"24h"``, ``"7d"``, seconds or a timedelta.
    remote
        Only this one, as `Dataset.create_snapshot` takes it; by default the project's own and
        all that snapshots of this MLflow lie in.

    Returns
    -------
    Collection
        What goes, or has gone, and why. A remote that is out of reach is named in it.

    Raises
    ------
    ConfigError
        If ``older_than`` is no time span.
    RemoteError
        If ``remote`` cannot be used.
    TrackingError
        If MLflow does not answer, or the record of a snapshot cannot be read.
    """
    plan = plan_of_collection(open_workspace(), older_than=older_than, remote=remote)
    return plan.outcome if dry_run else collect(plan)


@dataclass(frozen=True, slots=True)
class Plan:
    """What garbage collection would do.

    Attributes
    ----------
    places
        The remotes to look at.
    going
        The complete snapshots whose copies go, by run.
    outcome
        The same as a value to show.
    """

    workspace: Workspace
    ours: Ours
    places: tuple[Place, ...]
    going: Mapping[str, Holding]
    outcome: Collection


@dataclass(frozen=True, slots=True)
class Place:
    """A remote, or why it cannot be opened."""

    url: str
    remote: storage.Remote | None = None
    problem: str | None = None


def plan_of_collection(
    workspace: Workspace, *, older_than: str | float | timedelta, remote: str | None
) -> Plan:
    """What would go, and why; nothing is changed. Raises as `gc` does."""
    grace = seconds_of(older_than)
    ours = look(workspace)
    places = _places(ours, remote)
    unused = _unused(ours, grace)
    found = [_gone_through(each, ours, unused, grace, dry_run=True) for each in places]
    reached = {each.url for each in found if each.problem is None}
    going = {run_id: each for run_id, each in unused.items() if each.url in reached}
    outcome = Collection(tuple(found), grace, runs=tuple(ours.stray_runs(grace)))
    return Plan(workspace, ours, places, going, outcome)


def collect(plan: Plan) -> Collection:
    """Carry a plan out; returns what went.

    A copy that has come to be used or pinned stays. What creations have left since goes too.
    """
    grace = plan.outcome.older_than
    freed = {run_id: each for run_id, each in plan.going.items() if _free(plan.workspace, each)}
    ours = look(plan.workspace, known=plan.ours.holdings)
    found = [_gone_through(each, ours, freed, grace, dry_run=False) for each in plan.places]
    for run_id in plan.outcome.runs:
        plan.workspace.snapshots.remove(run_id)
    return Collection(tuple(found), grace, dry_run=False, runs=plan.outcome.runs)


def _places(ours: Ours, target: str | None) -> tuple[Place, ...]:
    """The remotes to look at; where copies lie, but nothing is to be found, is out of reach."""
    first = remote_of(ours.workspace, target)
    found = {first.url: Place(first.url, first)}
    for url, held in {each.url: each for each in ours.holdings.values()}.items():
        if target is None or url == first.url:
            found[url] = _reopened(ours.workspace, held)
    return tuple(found.values())


def _reopened(workspace: Workspace, held: Holding) -> Place:
    try:
        return Place(held.url, storage.reopen_remote(held.copy, project=workspace.project))
    except UNUSABLE as error:
        return Place(held.url, problem=error.fact)


def _unused(ours: Ours, grace: float) -> dict[str, Holding]:
    old = [
        each.snapshot
        for each in ours.holdings.values()
        if not (each.snapshot.hidden or each.snapshot.pinned) and each.snapshot.age >= grace
    ]
    used = used_ones(ours.workspace.catalog.client, old)
    return {each.run_id: ours.holdings[each.run_id] for each in old if each.run_id not in used}


def _gone_through(
    place: Place, ours: Ours, going: Mapping[str, Holding], grace: float, *, dry_run: bool
) -> RemoteCollection:
    """What of a remote goes, or has gone, or why nothing does; ``going`` are copies that do."""
    if place.remote is None:
        return RemoteCollection(place.url, problem=place.problem)
    try:
        needs = _needs(place.remote, ours, going, grace)
        swept = (_would_sweep if dry_run else _sweep)(place.remote, ours, needs, grace)
    except UNUSABLE as error:
        return RemoteCollection(place.url, problem=error.fact)
    found = _sorted(place, going, swept.removed, others=needs.others)
    return replace(found, problem=_busy(swept.busy)) if swept.busy else found


@dataclass(frozen=True, slots=True)
class _Needs:
    """Who needs what of a remote: copies to keep, owners that need none, other MLflows' copies."""

    keep: set[str]
    dead: list[storage.Owner]
    others: int


def _needs(
    remote: storage.Remote, ours: Ours, going: Mapping[str, Holding], grace: float
) -> _Needs:
    references = storage.references(remote)
    gone = [
        each.owner
        for each in references
        if ours.knows(each.owner)
        and (each.owner.run_id in going or (each.age >= grace and ours.is_dead(each.owner)))
    ]
    others = sum(each.copy is not None and not ours.knows(each.owner) for each in references)
    return _Needs(ours.without_reference(remote, references, but=going), gone, others)


def _would_sweep(remote: storage.Remote, _ours: Ours, needs: _Needs, grace: float) -> storage.Swept:
    left = storage.find_leftovers(remote, keep=needs.keep, dead=needs.dead, grace=grace)
    return storage.Swept(tuple(left))


def _sweep(remote: storage.Remote, ours: Ours, needs: _Needs, grace: float) -> storage.Swept:
    _give_up(ours, needs.dead)
    return storage.sweep(remote, keep=needs.keep, dead=needs.dead, grace=grace)


def _give_up(ours: Ours, dead: Iterable[storage.Owner]) -> None:
    """See to it that a creation that seemed dead can no longer become a snapshot."""
    for owner in dead:
        seen = ours.standings.get(owner.run_id)
        if seen is not None and seen.silent:
            ours.workspace.creations.give_up(owner.run_id)


def _sorted(
    place: Place,
    going: Mapping[str, Holding],
    left: Iterable[storage.Leftover],
    *,
    others: int,
) -> RemoteCollection:
    """What goes, by the snapshot it belongs to, if any."""
    here = {run_id: each for run_id, each in going.items() if each.url == place.url}
    owner_of = {name: run_id for run_id, each in here.items() for name in each.objects}
    sizes, objects = Counter(dict.fromkeys(here, 0)), []
    for each in left:
        if each.name in owner_of:
            sizes[owner_of[each.name]] += each.size
        else:
            objects.append(FreedObject(each.name, each.why, each.size))
    copies = tuple(_freed_copy(here[run_id], size) for run_id, size in sizes.items())
    return RemoteCollection(place.url, copies, tuple(objects), others)


def _freed_copy(held: Holding, size: int) -> FreedCopy:
    why = f"no run, model or pin uses it; {span_text(held.snapshot.age)} old"
    return FreedCopy(held.snapshot.reference, held.snapshot.run_id, why, size)


def _free(workspace: Workspace, held: Holding) -> bool:
    """Mark a copy as freed, unless it is used by now; whether it is marked."""
    if not _is_free(workspace, held):
        return False
    client, run_id = workspace.catalog.client, held.snapshot.run_id
    why = f"freed by gc, as nothing used it, {moment_text(datetime.now(UTC))}"
    changes.set_copy(client, run_id, _referred_to(workspace, run_id), why=why)
    if _is_free(workspace, held):  # nobody came in between
        return True
    changes.take_back_copy(client, run_id, held.snapshot.copy, held.copy)
    return False


def _referred_to(workspace: Workspace, run_id: str) -> DataCopy | None:
    """The data of another DVC project that the snapshot referred to before it was pinned."""
    first = workspace.snapshots.record(run_id, copy=None).data
    return first if first is not None and first.tracked is not None else None


def _is_free(workspace: Workspace, held: Holding) -> bool:
    seen = workspace.snapshots.standing(held.snapshot.run_id)
    if seen is None or seen.hidden or seen.pinned or seen.status is not Status.COMPLETED:
        return False
    return not used_ones(workspace.catalog.client, [seen])


def _busy(owner: storage.Owner) -> str:
    return f"{owner.snapshot} is being written there, so nothing was removed; try again later"
