"""Further reruns of a run that came out different: which thing made the difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mlsnap.errors import MlsnapError
from mlsnap.values.reproduction import (
    Manner,
    Pair,
    Place,
    Reproduction,
    Source,
    Trial,
    Verdict,
)

Rerun = Callable[[Manner], Reproduction]
"""Makes the run again in a manner."""

REPEAT = "nothing: the same once more"

_SAME = (Verdict.IDENTICAL, Verdict.EQUIVALENT)


@dataclass(frozen=True, slots=True)
class Reset:
    """One thing put back to what the run recorded, and what it is called."""

    name: str
    manner: Manner
    culprit: str


def explained(report: Reproduction, manner: Manner, rerun: Rerun) -> Reproduction:
    """``report`` with further reruns, and a sentence that says what they show.

    First the same once more, then each thing that was not as recorded put back by itself. A rerun
    that cannot be made, or whose training raises, is left out, or shown as failed.

    Parameters
    ----------
    report
        The different outcome of a rerun in ``manner``.
    rerun
        Makes the run again in the manner that it is given.
    """
    trials: list[Trial] = []
    repeated = _tried(rerun, manner, REPEAT, trials)
    if repeated and not _is_same_outcome(report, repeated):
        return _concluded(report, trials, _varies(report))
    for reset in resets(report, manner):
        found = _tried(rerun, reset.manner, reset.name, trials)
        if found and found.verdict in _SAME:
            return _concluded(report, trials, _made_the_difference(reset, found.verdict))
    return _concluded(report, trials, _nothing_found(repeated is not None, trials))


def resets(report: Reproduction, manner: Manner) -> Iterator[Reset]:
    """Each thing of ``manner`` that can be put back to what was recorded, the likeliest first."""
    kinds = {factor.partition(":")[0] for factor in report.factors}
    if manner.data is Source.CURRENT:
        yield Reset("the recorded data", _with(manner, data=Source.RECORDED), "the data")
    for name in manner.params:
        rest = {key: value for key, value in manner.params.items() if key != name}
        yield Reset(f"the recorded {name}", _with(manner, params=rest), name)
    if manner.code is Source.CURRENT:
        yield Reset("the recorded code", _with(manner, code=Source.RECORDED), "the code")
    is_current = manner.env is Place.CURRENT or (
        manner.env is Place.AUTO and "environment" in kinds
    )
    if is_current:
        isolated = _with(manner, env=Place.ISOLATED)
        yield Reset("the recorded packages", isolated, "the environment")


def _with(manner: Manner, **changes: object) -> Manner:
    return dataclasses.replace(manner, **changes)  # type: ignore[arg-type]


def _tried(rerun: Rerun, manner: Manner, name: str, trials: list[Trial]) -> Reproduction | None:
    """One more rerun, noted among ``trials``; ``None`` if it cannot be made."""
    try:
        found = rerun(manner)
    except MlsnapError:
        return None
    trials.append(Trial(name, found.run_id, found.verdict))
    return found


def _is_same_outcome(one: Reproduction, other: Reproduction) -> bool:
    return all(
        _values(getattr(one, kind)) == _values(getattr(other, kind))
        for kind in ("metrics", "params", "predictions", "artifacts")
    )


def _values(pairs: tuple[Pair, ...]) -> Mapping[str, str]:
    """What the rerun's half of each judged pair is; texts, as NaN is not equal to itself.

    What is identical is as in the original, though times or addresses in it may be others.
    """
    return {
        each.name: "identical"
        if each.verdict is Verdict.IDENTICAL
        else f"{each.reproduced!r} {each.note}"
        for each in pairs
        if each.verdict is not None
    }


def _concluded(report: Reproduction, trials: list[Trial], conclusion: str) -> Reproduction:
    return dataclasses.replace(report, trials=tuple(trials), conclusion=conclusion)


def _varies(report: Reproduction) -> str:
    return (
        "two reruns differ from each other: the training itself varies "
        f"(see `mlsnap doctor --run {report.original_run_id}`)"
    )


def _made_the_difference(reset: Reset, verdict: Verdict) -> str:
    return f"with {reset.name} the outcome is {verdict}: {reset.culprit} made the difference"


def _nothing_found(repeated: bool, trials: list[Trial]) -> str:
    if not repeated:
        return "no further rerun could be made, so nothing is explained"
    changed = [trial.reset for trial in trials[1:]]
    if not changed:
        return (
            "two reruns agree with each other but not with the original: something went unrecorded"
        )
    return (
        f"two reruns agree with each other, and putting back {', '.join(changed)}, each by itself, "
        "does not bring the original's outcome: several things made the difference together, or "
        "something went unrecorded"
    )
