"""Making a run again: plan, rerun, verdict."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsnap.errors import (
    ConfigError,
    DataIntegrityError,
    MlsnapError,
    NoDataCopyError,
    NotReproducibleError,
    RemoteError,
    SourceError,
)
from mlsnap.lineage import code, environment
from mlsnap.lineage.paths import inside
from mlsnap.services.reproduction import replay_data, verdicts
from mlsnap.services.reproduction.child import call_again
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import artifacts, inputs, paths, runs
from mlsnap.values.lineage import Call
from mlsnap.values.reproduction import Plan, PlannedInput, Reproduction, Verdict
from mlsnap.values.temporary import temporary_folder

ENVIRONMENTS = ("current",)
_DATA_ERRORS = (NoDataCopyError, DataIntegrityError, RemoteError, SourceError)


@dataclass(frozen=True)
class Recorded:
    """A run's calls as they were recorded, and the folder their files were brought to."""

    workspace: Workspace
    run: Any
    calls: tuple[Call, ...]
    folder: Path

    def bundle(self, number: int) -> Path | None:
        """The git bundle of a call, if it has one."""
        file = sorted(self.folder.iterdir())[number] / code.BUNDLE
        return file if file.exists() else None


def reproduce(
    run_id: str,
    *,
    rtol: float | None = None,
    env: str = "current",
    confirm: Callable[[Plan], bool] | None = None,
) -> Reproduction:
    """Make a tracked run again and say whether it came out the same.

    Brings code and data to a scratch folder, calls the recorded functions with the recorded
    arguments and random states in a fresh process of this environment, logs a new run that points
    to the original, and compares their metrics. The user's work tree and the original run stay as
    they are. **It runs the code that the run recorded**: only reproduce runs you trust.

    Parameters
    ----------
    run_id
        The run, bare or as ``runs:/<id>``.
    rtol
        Relative tolerance within which metrics are equivalent; by default the setting ``rtol``.
    env
        ``"current"``: this Python environment.
    confirm
        Asked with the `Plan` before anything runs; ``None`` goes on without asking.

    Raises
    ------
    NotFoundError
        If there is no such run.
    NotReproducibleError
        If something it needs is missing, or ``confirm`` said no.
    """
    if env not in ENVIRONMENTS:
        raise ConfigError(f"no environment {env!r}", f"choose {', '.join(ENVIRONMENTS)}")
    with recorded_run(run_id) as recorded:
        plan = plan_of(recorded)
        require_possible(plan)
        if confirm is not None and not confirm(plan):
            raise NotReproducibleError(
                f"run {plan.run_id} was not made again: the plan was declined",
                "confirm it, or pass --yes",
            )
        tolerance = recorded.workspace.settings.rtol if rtol is None else rtol
        try:
            return _rerun(recorded, rtol=tolerance)
        except _DATA_ERRORS as error:
            raise NotReproducibleError(
                f"run {plan.run_id} cannot be made again: {error.fact}", error.hint
            ) from error


def require_possible(plan: Plan) -> None:
    """`NotReproducibleError` that names what a plan lacks, if it lacks something."""
    if plan.missing:
        raise NotReproducibleError(
            f"run {plan.run_id} cannot be made again: {'; '.join(plan.missing)}",
            "bring back what is missing, or look at the data alone with `mlsnap get`",
        )


@contextmanager
def recorded_run(run_id: str) -> Iterator[Recorded]:
    """A run's recorded calls; `NotReproducibleError` if it has none."""
    workspace = open_workspace()
    client = workspace.catalog.client
    run = inputs.get_run(client, run_id.removeprefix("runs:/").strip("/"))
    folders = runs.calls_of(client, run.info.run_id)
    if not folders:
        raise NotReproducibleError(
            f"run {run.info.run_id} recorded no call that could be made again",
            "only calls of functions under @mlsnap.track are recorded",
        )
    with temporary_folder() as folder:
        root = artifacts.download(client, run.info.run_id, paths.CALLS, folder)
        calls = tuple(
            Call.from_dict(json.loads((each / "call.json").read_text(encoding="utf-8")))
            for each in sorted(root.iterdir())
        )
        yield Recorded(workspace, run, calls, root)


def plan_of(recorded: Recorded) -> Plan:
    """What a rerun would do and need.

    Nothing is run or fetched; a source that stands in for a copy is read, to see whether it holds
    the recorded content still.
    """
    first = recorded.calls[0]
    where = _code_place(recorded)
    needed = tuple(
        replay_data.plan_input(recorded.workspace, context, reference)
        for context, reference in _needed(recorded).items()
    )
    return Plan(
        run_id=recorded.run.info.run_id,
        run_name=recorded.run.info.run_name,
        functions=tuple(_function_text(call) for call in recorded.calls),
        code=where or "nowhere to be found",
        patched=any(call.code is not None and call.code.dirty for call in recorded.calls),
        left_out=first.code.left_out if first.code else (),
        inputs=needed,
        environment=tuple(environment.differences(first.environment, environment.capture())),
        missing=tuple(_missing(recorded, where, needed)),
    )


def _function_text(call: Call) -> str:
    return f"{call.entry.qualname} of {call.entry.file or call.entry.module}"


def _needed(recorded: Recorded) -> dict[str, str]:
    """The snapshots that a rerun reads, by what it needs them for."""
    tables = [verdicts.tables_of(call) for call in recorded.calls]
    return {
        **inputs.loaded_of(recorded.run),
        **{context: form["reference"] for each in tables for context, form in each.items()},
    }


def _code_place(recorded: Recorded) -> str | None:
    captured = recorded.calls[0].code
    if captured is None:
        installed = recorded.calls[0].entry.file is None
        return "the installed package" if installed else None
    return code.locate(captured, bundle=recorded.bundle(0), repository=code.find_root(Path.cwd()))


def _missing(
    recorded: Recorded, where: str | None, needed: tuple[PlannedInput, ...]
) -> Iterator[str]:
    for call in recorded.calls:
        yield from call.problems
    captured = recorded.calls[0].code
    if where is None and captured is not None:
        yield (
            f"commit {captured.commit[:12]} is neither here, nor in the run, nor at a recorded "
            "remote"
        )
    for each in needed:
        if each.problem:
            yield f"data of input {each.context!r}: {each.problem}"


def _rerun(recorded: Recorded, *, rtol: float) -> Reproduction:
    client = recorded.workspace.catalog.client
    original = recorded.run.info.run_id
    with temporary_folder() as folder:
        order = _prepare(recorded, folder)
        run_id = runs.create_rerun(client, recorded.run)
        order["run_id"] = run_id
        started = time.monotonic()
        with _ended(recorded.workspace, run_id):
            failure = call_again(order, folder)
        seconds = time.monotonic() - started
    if failure is not None:
        runs.terminate(client, run_id, "FAILED")
    metrics = verdicts.compare_metrics(
        runs.metrics_of(client, original), runs.metrics_of(client, run_id), rtol=rtol
    )
    verdict = verdicts.overall(metrics) if failure is None else Verdict.FAILED
    report = Reproduction(
        verdict=verdict,
        original_run_id=original,
        run_id=run_id,
        metrics=metrics,
        factors=() if verdict is Verdict.IDENTICAL else _factors(recorded, run_id),
        seconds=seconds,
        error=failure,
    )
    _log(recorded.workspace, report)
    return report


def _prepare(recorded: Recorded, folder: Path) -> dict[str, Any]:
    """Bring code and data to ``folder``; returns the order for the child process."""
    root = folder / "code"
    captured = recorded.calls[0].code
    if captured is None:
        root.mkdir()
    else:
        repository = code.find_root(Path.cwd())
        code.restore(captured, bundle=recorded.bundle(0), repository=repository, destination=root)
    stands_in = inside(root.resolve(), captured.folder if captured else ".")
    stands_in.mkdir(parents=True, exist_ok=True)
    calls = [
        {"call": call.to_dict(), "tables": _bring(recorded, call, folder / "data" / str(number))}
        for number, call in enumerate(recorded.calls)
    ]
    return {
        "tracking_uri": recorded.workspace.uri,
        "root": str(root.resolve()),
        "folder": str(stands_in),
        "calls": calls,
        "loaded": inputs.loaded_of(recorded.run),
        "failure": str(folder / "failure.json"),
    }


def _bring(recorded: Recorded, call: Call, folder: Path) -> dict[str, Any]:
    """The data of a call's tables, by context."""
    return {
        context: replay_data.bring(recorded.workspace, table, folder / str(number))
        for number, (context, table) in enumerate(verdicts.tables_of(call).items())
    }


@contextmanager
def _ended(workspace: Workspace, run_id: str) -> Iterator[None]:
    """A run that is not left open by an error."""
    try:
        yield
    except BaseException:
        runs.terminate(workspace.catalog.client, run_id, "FAILED")
        raise


def _factors(recorded: Recorded, run_id: str) -> tuple[str, ...]:
    try:
        with recorded_run(run_id) as again:
            return verdicts.factors(recorded.calls, again.calls)
    except MlsnapError:
        return ()


def _log(workspace: Workspace, report: Reproduction) -> None:
    client = workspace.catalog.client
    runs.set_verdict(client, report.run_id, report.verdict.value)
    stored = {"mlsnap/reproduction.json": artifacts.to_json(report.to_dict())}
    artifacts.upload(client, report.run_id, stored)
