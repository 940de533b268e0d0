"""What two runs logged, side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mlsnap.services.reproduction.judging import artifacts, predictions, verdicts
from mlsnap.services.reproduction.judging.durations import is_duration
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import outcomes
from mlsnap.tracking.outcomes import RunOutcome
from mlsnap.values.reproduction import Pair, Tolerance, Verdict

IGNORED = "not judged: its name is among the ignored ones"
TIME = "not judged: a time by its name; judged if it is given an rtol of its own"

_SYSTEM = "system/"
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_AT_ONCE = 4

History = Mapping[int, Sequence[float]]
"""The values of a metric at each step."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two runs logged, in pairs."""

    metrics: tuple[Pair, ...] = ()
    params: tuple[Pair, ...] = ()
    predictions: tuple[Pair, ...] = ()
    artifacts: tuple[Pair, ...] = ()

    def __iter__(self) -> Iterator[Pair]:
        """All pairs."""
        return iter((*self.metrics, *self.params, *self.predictions, *self.artifacts))


def compare(
    workspace: Workspace,
    original_run_id: str,
    reproduced_run_id: str,
    *,
    tolerance: Tolerance,
    launch: predictions.Launch | None = None,
) -> Outcome:
    """Compare what two runs logged: metrics, params, what their models predict, and artifacts.

    Parameters
    ----------
    launch
        Runs a module in the environment of the rerun, see `predictions.Launch`: loading a model
        runs code of its own. ``None``: models are not loaded, and their pairs say so.

    Raises
    ------
    NotFoundError
        If there is no such run.
    TrackingError
        If MLflow does not answer.
    """
    client = workspace.catalog.client
    with ThreadPoolExecutor(2, "mlsnap outcome") as threads:
        before, after = threads.map(
            lambda run_id: outcomes.outcome_of(client, run_id), (original_run_id, reproduced_run_id)
        )
    return Outcome(
        metrics=compare_metrics(
            before.metrics,
            after.metrics,
            tolerance,
            histories=lambda names: (
                outcomes.histories_of(client, original_run_id, names),
                outcomes.histories_of(client, reproduced_run_id, names),
            ),
        ),
        params=compare_params(before.params, after.params, tolerance),
        predictions=predictions.compare(workspace, before, after, tolerance, launch=launch),
        artifacts=_compare_files(workspace, before, after, tolerance),
    )


def compare_metrics(
    original: Mapping[str, float],
    reproduced: Mapping[str, float],
    tolerance: Tolerance,
    *,
    histories: Callable[[Sequence[str]], tuple[Mapping[str, History], Mapping[str, History]]]
    | None = None,
) -> tuple[Pair, ...]:
    """The metrics of two runs by name: their last values, and where ``histories`` tells these,
    every value that was logged; MLflow's own ``system/`` metrics are left out.
    """
    names = [name for name in _names(original, reproduced) if not name.startswith(_SYSTEM)]
    shared = [name for name in names if name in original and name in reproduced]
    first, second = histories(shared) if histories and shared else ({}, {})
    return tuple(
        _metric(
            Pair(name, original.get(name), reproduced.get(name), None),
            (first.get(name, {}), second.get(name, {})),
            tolerance,
        )
        for name in names
    )


def compare_params(
    original: Mapping[str, str], reproduced: Mapping[str, str], tolerance: Tolerance
) -> tuple[Pair, ...]:
    """The params of two runs by name; addresses of objects in memory do not count."""
    return tuple(
        _param(Pair(name, original.get(name), reproduced.get(name), None), tolerance)
        for name in _names(original, reproduced)
    )


def _names(original: Mapping[str, object], reproduced: Mapping[str, object]) -> list[str]:
    return sorted({*original, *reproduced})


def is_ignored(name: str, tolerance: Tolerance) -> bool:
    """Whether a pattern of ``tolerance`` says that ``name`` is not judged."""
    return any(fnmatchcase(name, pattern) for pattern in tolerance.ignored)


def _judged(pair: Pair, verdict: Verdict | None, note: str | None = None) -> Pair:
    return Pair(pair.name, pair.original, pair.reproduced, verdict, note)


def _lacking(pair: Pair) -> Pair | None:
    """The pair as different, if one run has no such thing."""
    if pair.original is None:
        return _judged(pair, Verdict.DIFFERENT, "the original run has none")
    if pair.reproduced is None:
        return _judged(pair, Verdict.DIFFERENT, "the rerun has none")
    return None


def _param(pair: Pair, tolerance: Tolerance) -> Pair:
    if is_ignored(pair.name, tolerance):
        return _judged(pair, None, IGNORED)
    if lacking := _lacking(pair):
        return lacking
    if pair.original == pair.reproduced:
        return _judged(pair, Verdict.IDENTICAL)
    if _ADDRESS.sub("", pair.original) == _ADDRESS.sub("", pair.reproduced):
        return _judged(pair, Verdict.IDENTICAL, "but for addresses in memory")
    return _judged(pair, Verdict.DIFFERENT)


def _metric(pair: Pair, histories: tuple[History, History], tolerance: Tolerance) -> Pair:
    if is_ignored(pair.name, tolerance):
        return _judged(pair, None, IGNORED)
    own = tolerance.metrics.get(pair.name)
    if own is None and is_duration(pair.name):
        return _judged(pair, None, TIME)
    if lacking := _lacking(pair):
        return lacking

    def judge(one: float, other: float) -> Verdict:
        return verdicts.of_numbers(one, other, tolerance, rtol=own)

    parted = _parted(*histories, judge)
    last = judge(pair.original, pair.reproduced)
    found = verdicts.worst([last, *(verdict for _, _, verdict in parted)])
    return _judged(pair, found, _history_note(*histories, parted))


Parting = tuple[int, int, Verdict]
"""A step at which two histories part, how many values are not the same there, and how far."""


def _parted(
    original: History, reproduced: History, judge: Callable[[float, float], Verdict]
) -> list[Parting]:
    """The steps at which two histories part."""
    found = []
    for step in sorted({*original, *reproduced}):
        before, after = original.get(step, ()), reproduced.get(step, ())
        if len(before) != len(after):
            found.append((step, max(len(before), len(after)), Verdict.DIFFERENT))
            continue
        judged = [judge(*pair) for pair in zip(before, after, strict=True)]
        apart = [each for each in judged if each is not Verdict.IDENTICAL]
        if worst := verdicts.worst(apart):
            found.append((step, len(apart), worst))
    return found


def _history_note(original: History, reproduced: History, parted: list[Parting]) -> str | None:
    """Where histories of more than one value part; the last values say the rest."""
    points = sum(map(len, original.values())), sum(map(len, reproduced.values()))
    if not parted or max(points) <= 1:
        return None
    step = parted[0][0]
    apart = f"{sum(each[1] for each in parted):,} of {max(points):,} values differ"
    longer = f", {points[0]:,} became {points[1]:,}" if points[0] != points[1] else ""
    values = f"{_texts(original.get(step))} became {_texts(reproduced.get(step))}"
    return f"{apart}{longer}, first at step {step}: {values}"


def _texts(values: Sequence[float] | None) -> str:
    if not values:
        return "none"
    return ", ".join(map(repr, values[:3])) + (", …" if len(values) > 3 else "")


def _compare_files(
    workspace: Workspace, before: RunOutcome, after: RunOutcome, tolerance: Tolerance
) -> tuple[Pair, ...]:
    names = _names(before.files, after.files)
    compared = artifacts.Comparison(workspace, before, after, tolerance)
    wanted = [name for name in names if not is_ignored(name, tolerance)]
    with ThreadPoolExecutor(_AT_ONCE, "mlsnap artifact") as threads:
        found = dict(zip(wanted, threads.map(compared.pair, wanted), strict=True))
    left = _left_out(names, found)
    return tuple(found.get(name) or left[name] for name in names)


def _left_out(names: Iterable[str], found: Mapping[str, Pair]) -> dict[str, Pair]:
    return {name: Pair(name, None, None, None, IGNORED) for name in names if name not in found}
