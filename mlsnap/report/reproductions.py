"""The plan of a rerun, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from mlsnap.report.cells import printable, shortened
from mlsnap.report.facts import facts_fragment, facts_text, facts_view
from mlsnap.report.pairs import KINDS, PairKind, counts_text, exactly, left_out, pairs_of, shown
from mlsnap.report.sizes import bytes_text
from mlsnap.report.tables import as_text, table_view
from mlsnap.values.reproduction import Attempt, Pair, Plan, PlannedInput, Reproduction, Verdict

MEANINGS = {
    Verdict.IDENTICAL: "all that was judged is the same, bit for bit",
    Verdict.EQUIVALENT: "all that was judged is within the tolerance",
    Verdict.DIFFERENT: "something came out different",
    Verdict.FAILED: "the training raised",
}
NOTHING = "there was nothing to compare"

_COLOURS = {Verdict.IDENTICAL: "green", Verdict.EQUIVALENT: "green"}
_FACTOR = 60
"""Longest factor in a table of many runs, in characters."""


def plan_text(plan: Plan, *, width: int | None = None) -> str:
    """What a rerun will do, as lines."""
    return facts_text(_plan_title(plan), _plan_facts(plan), width=width)


def plan_view(plan: Plan) -> RenderableType:
    """What `plan_text` shows."""
    return facts_view(_plan_title(plan), _plan_facts(plan))


def plan_fragment(plan: Plan) -> str:
    """A plan for a notebook."""
    return facts_fragment(_plan_title(plan), _plan_facts(plan))


def reproduction_text(report: Reproduction, *, width: int | None = None) -> str:
    """What both runs logged side by side, the verdict, and what differs."""
    return as_text(reproduction_view(report), width=width)


def reproduction_view(report: Reproduction) -> RenderableType:
    """What `reproduction_text` shows."""
    tables = [part for kind in KINDS for part in _pairs_view(kind, pairs_of(report, kind))]
    verdict = Text(printable(f"verdict: {verdict_text(report)}"), style=f"bold {_colour(report)}")
    lines = (Text(printable(line)) for line in remarks(report))
    return Group(*tables, verdict, *lines)


def attempts_text(attempts: Sequence[Attempt], *, width: int | None = None) -> str:
    """Many reproductions, a line each, and how often each verdict came out."""
    return as_text(attempts_view(attempts), width=width)


def attempts_view(attempts: Sequence[Attempt]) -> RenderableType:
    """What `attempts_text` shows."""
    if not attempts:
        return Text("no run to make again")
    rows = [_attempt_row(each) for each in attempts]
    table = table_view("", ["run", "name", "verdict", "seconds", "first factor or problem"], rows)
    verdicts = [row[2] for row in rows]
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in dict.fromkeys(verdicts))
    return Group(table, Text(counts, style="bold"))


def verdict_text(report: Reproduction) -> str:
    """A verdict with its meaning; of nothing it says so."""
    name = f"what if, {report.verdict}" if report.what_if else str(report.verdict)
    judged = any(each.verdict is not None for kind in KINDS for each in pairs_of(report, kind))
    if report.verdict is Verdict.IDENTICAL and not judged:
        return f"{name}: {NOTHING}"
    return f"{name}: {MEANINGS[report.verdict]}"


def remarks(report: Reproduction) -> list[str]:
    """What there is to say of a rerun beside its tables, a line each."""
    return [f"{what}: {line}" if what else line for what, line in labelled_remarks(report)]


def labelled_remarks(report: Reproduction) -> Iterator[tuple[str, str]]:
    """The same, each line with what it is about."""
    yield from (("changed", each) for each in report.what_if)
    yield from (("raised", line) for line in (report.error or "").splitlines())
    yield from (("differs", each) for each in report.factors)
    for trial in report.trials:
        yield "tried", f"{trial.reset}: {trial.verdict} (run {trial.run_id})"
    if report.conclusion:
        yield "conclusion", report.conclusion
    if report.seconds:
        made = f"run {report.original_run_id} was made again as {report.run_id}"
        yield "", f"{made} in {report.seconds:.1f} s"
    else:
        yield "", f"run {report.run_id} was held against {report.original_run_id}"


def facts_of(report: Reproduction) -> dict[str, str]:
    """The same as facts for a page: what is of one kind together."""
    facts: dict[str, list[str]] = {}
    for what, line in labelled_remarks(report):
        facts.setdefault(what or "runs", []).append(line)
    return {what: "\n".join(lines) for what, lines in facts.items()}


def reproduction_fragment(report: Reproduction) -> str:
    """A reproduction for a notebook."""
    pairs = {
        f"{kind.noun} {each.name}": _pair_text(each)
        for kind in KINDS
        for each in shown(pairs_of(report, kind))
    }
    counts = {kind.title: counts_text(kind, pairs_of(report, kind)) for kind in KINDS}
    facts = {**pairs, **counts, "remarks": "\n".join(remarks(report))}
    known = {name: text for name, text in facts.items() if text}
    return facts_fragment(f"verdict: {verdict_text(report)}", known)


def _plan_title(plan: Plan) -> str:
    verb = "what if run" if plan.params else "make run"
    return f"Plan: {verb} {plan.run_name} ({plan.run_id}) again"


def _plan_facts(plan: Plan) -> dict[str, str]:
    differences = "\n".join(plan.environment) or "as it was"
    facts = {
        "calls": "\n".join(plan.functions),
        "not as recorded": "\n".join(plan.params),
        "code": plan.code + (", with uncommitted changes" if plan.patched else ""),
        "left out": ", ".join(plan.left_out),
        "data": "\n".join(map(_input, plan.inputs)),
        "place": plan.place,
        "environment": differences,
        "warnings": "\n".join(plan.warnings),
        "missing": "\n".join(plan.missing),
    }
    return {name: value for name, value in facts.items() if value}


def _input(planned: PlannedInput) -> str:
    size = f", {bytes_text(planned.size)}" if planned.size else ""
    return f"{planned.context}: {planned.reference} from {planned.origin}{size}"


def _pairs_view(kind: PairKind, pairs: Sequence[Pair]) -> list[RenderableType]:
    if not pairs:
        return []
    parts: list[RenderableType] = []
    if listed := shown(pairs):
        noted = any(each.note for each in listed)
        heads = [kind.noun, "original", "reproduced", "", *(["note"] if noted else [])]
        rows = [_row(each, noted=noted) for each in listed]
        parts.append(table_view("", heads, rows))
    return [*parts, *map(Text, left_out(kind, pairs))]


def _row(pair: Pair, *, noted: bool) -> list[str]:
    sides = (exactly(pair.original), exactly(pair.reproduced))
    verdict = str(pair.verdict or "not judged")
    return [pair.name, *sides, verdict, *([pair.note or ""] if noted else [])]


def _pair_text(pair: Pair) -> str:
    note = f"; {pair.note}" if pair.note else ""
    verdict = pair.verdict or "not judged"
    return f"{exactly(pair.original)} → {exactly(pair.reproduced)} ({verdict}{note})"


def _attempt_row(attempt: Attempt) -> tuple[str, ...]:
    done = attempt.reproduction
    if done is None:
        problem = shortened((attempt.problem or "").replace("\n", " "), 2 * _FACTOR)
        return (attempt.run_id, attempt.run_name, "not reproducible", "", problem)
    why = next(iter([*done.factors, *(done.error or "").splitlines()[:1]]), "")
    seconds = f"{done.seconds:.1f}"
    return (attempt.run_id, attempt.run_name, str(done.verdict), seconds, shortened(why, _FACTOR))


def _colour(report: Reproduction) -> str:
    return _COLOURS.get(report.verdict, "red")
