"""The time line of a dataset: how each snapshot drifted against the one before, as stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from mlsnap.comparing.profiles import compare_profiles
from mlsnap.errors import NotFoundError
from mlsnap.report.statements import counted
from mlsnap.report.traces import DISTANCES, trace_of
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import stored_profiles, tags
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.tracking.standing import summary_of
from mlsnap.tracking.stored_profiles import place_in_snapshot, place_of_drift
from mlsnap.tracking.timeline import points_of
from mlsnap.values.moment import moment_of
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord, SnapshotSummary
from mlsnap.values.timeline import DriftRecord, Timeline, TimelinePoint, TimelineStep, Trace

_EARLIER = "made by an earlier version of mlsnap"


def drift_to_previous(
    workspace: Workspace, entry: DatasetEntry, record: SnapshotRecord, profile: Profile
) -> DriftRecord | None:
    """How a snapshot that is being made drifted against the ready one before it.

    ``None`` if there is none. Nothing is raised: what went wrong is the record's problem.
    """
    try:
        found = workspace.snapshots.ready_runs(entry, below=record.number, limit=1)
        before = [(run, summary_of(run)) for run in found]
    except Exception:
        return None  # storing the snapshot itself will say what is wrong
    return _against(workspace, *before[0], profile) if before else None


def _against(
    workspace: Workspace, run: Any, before: SnapshotSummary, profile: Profile
) -> DriftRecord:
    named = f"{before.dataset}@{before.name}", before.number, before.digest
    try:
        same = before.digest == profile.digest
        reference = profile if same else _profile(workspace, run)
        return DriftRecord(*named, trace=_trace(reference, profile, name=named[0]))
    except Exception as error:
        return DriftRecord(*named, problem=str(error) or repr(error))


def _profile(workspace: Workspace, run: Any) -> Profile:
    place = place_in_snapshot(run)
    found = stored_profiles.read_profiles(workspace.catalog.client, [place])[place]
    if isinstance(found, NotFoundError):
        raise found
    return found


def _trace(reference: Profile, current: Profile, *, name: str) -> Trace:
    difference = compare_profiles(
        reference, current, histogram_compare_method=DISTANCES, reference_name=name, details=False
    )
    return trace_of(difference)


def timeline(workspace: Workspace, entry: DatasetEntry, *, last: int | None = 100) -> Timeline:
    """The newest ready snapshots of a dataset in their order, each with its stored drift.

    The drift is that against the snapshot before it at the time when it was made, which may be
    deleted by now (`Trace.reference` names it). Snapshots that earlier versions made have none.

    Parameters
    ----------
    last
        How many; ``None`` for all.

    Raises
    ------
    TrackingError
        If MLflow does not answer.
    """
    found = list(reversed(workspace.snapshots.ready_runs(entry, limit=last)))
    places = [place_of_drift(run) for run in found if run.data.tags.get(tags.COMPARED_WITH)]
    drifts = stored_profiles.read_drifts(workspace.catalog.client, places)
    steps = tuple(_step(run, drifts.get(place_of_drift(run))) for run in found)
    return Timeline(entry.name, "previous", steps, tuple(_not_known(steps)))


def series(workspace: Workspace, entry: DatasetEntry) -> list[TimelinePoint]:
    """Rows, missing share and drifted share of all snapshots by number, from the index run alone.

    Snapshots in MLflow's bin are left out.

    Raises
    ------
    TrackingError
        If MLflow does not answer.
    """
    client = workspace.catalog.client
    return points_of(client, entry.index_run_id, entry.experiment_id)


def _step(run: Any, stored: DriftRecord | None) -> TimelineStep:
    seen = summary_of(run)
    earlier = None if tags.COMPARED_WITH in run.data.tags else _EARLIER
    return TimelineStep(
        number=seen.number,
        name=f"{seen.dataset}@{seen.name}",
        rows=seen.row_count,
        at=moment_of(seen.created),
        trace=stored.trace if stored else None,
        problem=stored.problem if stored else earlier,
    )


def _not_known(steps: Sequence[TimelineStep]) -> Iterator[str]:
    problems = Counter(each.problem for each in steps if each.problem)
    for problem, count in problems.items():
        yield f"drift of {counted(count, 'snapshot')} not known: {problem}"
