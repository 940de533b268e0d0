"""The plan of a rerun, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from mlsnap.report.cells import printable
from mlsnap.report.facts import facts_fragment, facts_text, facts_view
from mlsnap.report.sizes import bytes_text
from mlsnap.report.tables import as_text, table_view
from mlsnap.values.reproduction import MetricPair, Plan, PlannedInput, Reproduction, Verdict

_MEANINGS = {
    Verdict.IDENTICAL: "every metric is the same, bit for bit",
    Verdict.EQUIVALENT: "every metric is within the tolerance",
    Verdict.DIFFERENT: "a metric came out different",
    Verdict.FAILED: "the training raised",
}
_COLOURS = {Verdict.IDENTICAL: "green", Verdict.EQUIVALENT: "green"}


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
    """Both runs' metrics side by side, the verdict, and what differs."""
    return as_text(reproduction_view(report), width=width)


def reproduction_view(report: Reproduction) -> RenderableType:
    """What `reproduction_text` shows."""
    verdict = Text(f"verdict: {_verdict(report)}", style=f"bold {_colour(report)}")
    table = table_view("", ["metric", "original", "reproduced", ""], _metric_rows(report.metrics))
    parts = [table] if report.metrics else [Text("no metrics to compare")]
    return Group(*parts, verdict, *(Text(printable(line)) for line in _remarks(report)))


def reproduction_fragment(report: Reproduction) -> str:
    """A reproduction for a notebook."""
    metrics = {
        name: f"{before} → {after} ({how})"
        for name, before, after, how in _metric_rows(report.metrics)
    }
    remarks = {"remarks": "\n".join(_remarks(report))}
    return facts_fragment(f"verdict: {_verdict(report)}", {**metrics, **remarks})


def _plan_title(plan: Plan) -> str:
    return f"Plan: make run {plan.run_name} ({plan.run_id}) again"


def _plan_facts(plan: Plan) -> dict[str, str]:
    facts = {
        "calls": "\n".join(plan.functions),
        "code": plan.code + (", with uncommitted changes" if plan.patched else ""),
        "left out": ", ".join(plan.left_out),
        "data": "\n".join(map(_input, plan.inputs)),
        "environment": "\n".join(plan.environment) or "as it was",
        "missing": "\n".join(plan.missing),
    }
    return {name: value for name, value in facts.items() if value}


def _input(planned: PlannedInput) -> str:
    size = f", {bytes_text(planned.size)}" if planned.size else ""
    return f"{planned.context}: {planned.reference} from {planned.origin}{size}"


def _metric_rows(metrics: Sequence[MetricPair]) -> list[tuple[str, str, str, str]]:
    return [
        (each.name, _exactly(each.original), _exactly(each.reproduced), str(each.verdict))
        for each in metrics
    ]


def _exactly(value: float | None) -> str:
    return "none" if value is None else repr(value)


def _verdict(report: Reproduction) -> str:
    if report.verdict is Verdict.IDENTICAL and not report.metrics:
        return f"{report.verdict}: there is no metric that could differ"
    return f"{report.verdict}: {_MEANINGS[report.verdict]}"


def _colour(report: Reproduction) -> str:
    return _COLOURS.get(report.verdict, "red")


def _remarks(report: Reproduction) -> list[str]:
    raised = [f"raised: {line}" for line in (report.error or "").splitlines()]
    factors = [f"differs: {each}" for each in report.factors]
    return [
        *raised,
        *factors,
        f"run {report.original_run_id} was made again as {report.run_id} in {report.seconds:.1f} s",
    ]
