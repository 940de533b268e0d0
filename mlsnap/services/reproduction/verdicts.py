"""Whether two runs came out the same, and what differs between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mlsnap.lineage import environment
from mlsnap.values.lineage import Call
from mlsnap.values.reproduction import MetricPair, Verdict

_WORST_FIRST = (Verdict.FAILED, Verdict.DIFFERENT, Verdict.EQUIVALENT, Verdict.IDENTICAL)


def compare_metrics(
    original: Mapping[str, float], reproduced: Mapping[str, float], *, rtol: float
) -> tuple[MetricPair, ...]:
    """The metrics of two runs side by side.

    Bit for bit equal is identical (NaN equals NaN); within ``rtol``, relative to the larger, is
    equivalent; a metric that one run lacks is different. MLflow's own ``system/`` metrics are
    left out.
    """
    names = sorted(name for name in {*original, *reproduced} if not name.startswith("system/"))
    return tuple(_pair(name, original.get(name), reproduced.get(name), rtol) for name in names)


def overall(metrics: Sequence[MetricPair]) -> Verdict:
    """The worst verdict of all metrics; identical where there are none."""
    found = {each.verdict for each in metrics}
    return next((each for each in _WORST_FIRST if each in found), Verdict.IDENTICAL)


def factors(original: Sequence[Call], reproduced: Sequence[Call]) -> tuple[str, ...]:
    """What is known to differ between the calls of two runs, the likeliest causes first."""
    found: list[str] = []
    if len(original) != len(reproduced):
        found.append(f"code: {len(original)} tracked calls became {len(reproduced)}")
    for before, after in zip(original, reproduced, strict=False):
        found += _data(before, after)
        found += _arguments(before, after)
        found += _code(before, after)
        found += [
            f"environment: {each}"
            for each in environment.differences(before.environment, after.environment)
        ]
        found += [f"randomness: {each}" for each in _unrecorded(before)]
    return tuple(dict.fromkeys(found))


def tables_of(call: Call) -> dict[str, dict[str, str]]:
    """The recorded tables among a call's arguments, by context."""
    found: dict[str, dict[str, str]] = {}
    pending: list[object] = list(call.arguments.values())
    while pending:
        form = pending.pop()
        if isinstance(form, dict):
            if "table" in form:
                found[form["table"]["context"]] = form["table"]
            else:
                pending += form.values()
        elif isinstance(form, list):
            pending += form
    return found


def _pair(name: str, before: float | None, after: float | None, rtol: float) -> MetricPair:
    if before is None or after is None:
        return MetricPair(name, before, after, Verdict.DIFFERENT)
    if before.hex() == after.hex():
        return MetricPair(name, before, after, Verdict.IDENTICAL)
    close = math.isclose(before, after, rel_tol=rtol)
    return MetricPair(name, before, after, Verdict.EQUIVALENT if close else Verdict.DIFFERENT)


def _data(before: Call, after: Call) -> list[str]:
    seen, now = tables_of(before), tables_of(after)
    return [
        f"data: the input {context!r} had the digest {table['digest'][:16]}…, now "
        + (f"{now[context]['digest'][:16]}…" if context in now else "it is not there")
        for context, table in seen.items()
        if context not in now or now[context]["digest"] != table["digest"]
    ]


def _arguments(before: Call, after: Call) -> list[str]:
    """Plain arguments; the tables among them are compared by digest."""
    names = sorted({*before.arguments, *after.arguments})
    return [
        f"arguments: {name!r} differs"
        for name in names
        if _plain(before.arguments.get(name)) != _plain(after.arguments.get(name))
    ]


def _plain(form: object) -> object:
    if isinstance(form, dict):
        return {key: "table" if key == "table" else _plain(each) for key, each in form.items()}
    return [_plain(each) for each in form] if isinstance(form, list) else form


def _code(before: Call, after: Call) -> list[str]:
    if before.code is None or after.code is None or before.code.commit == after.code.commit:
        return []
    return [f"code: commit {before.code.commit[:12]} became {after.code.commit[:12]}"]


def _unrecorded(call: Call) -> list[str]:
    """Sources of chance that a rerun cannot restore."""
    seed = call.environment.variables.get("PYTHONHASHSEED")
    if seed in (None, "random"):
        return ["the hash seed of the original run is not known (PYTHONHASHSEED was not set)"]
    return []
