"""Making a run again: plan, rerun, verdict."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
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
from mlsnap.services.reproduction import given, logged
from mlsnap.services.reproduction.causes import explaining, factors
from mlsnap.services.reproduction.child import call_again, launcher
from mlsnap.services.reproduction.environments import choosing
from mlsnap.services.reproduction.judging import outcomes, verdicts
from mlsnap.services.reproduction.judging.predictions import Launch
from mlsnap.services.reproduction.planning import plan_of, require_possible, require_trust
from mlsnap.services.reproduction.preparing import prepare
from mlsnap.services.reproduction.recorded import Recorded, recorded_run
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import model_uris, runs
from mlsnap.values.reproduction import (
    Manner,
    Place,
    Plan,
    Reproduction,
    Source,
    Tolerance,
    Verdict,
)
from mlsnap.values.temporary import temporary_folder

_DATA_ERRORS = (NoDataCopyError, DataIntegrityError, RemoteError, SourceError)


def reproduce(
    run_id: str,
    *,
    env: str = "auto",
    code: str = "recorded",
    data: str = "recorded",
    params: Mapping[str, Any] | None = None,
    rtol: float | None = None,
    atol: float = 0.0,
    tolerances: Mapping[str, float] | None = None,
    ignore: Sequence[str] = (),
    explain: bool = False,
    confirm: Callable[[Plan], bool] | None = None,
) -> Reproduction:
    """Make a tracked run again and say whether it came out the same.

    Brings code and data to a scratch folder, calls the recorded functions (or the script) with the
    recorded arguments and random states in a fresh process, logs a new run that points to the
    original, and compares what came out. The user's work tree and environment, and what the
    original run logged, stay as they are. **It runs the code that the run recorded**: only
    reproduce runs you trust.

    Parameters
    ----------
    run_id
        The run, bare or as ``runs:/<id>``.
    env
        ``"current"``: this Python environment; ``"isolated"``: one built with uv from the recorded
        packages, once; ``"auto"``: the current one where Python and packages are as recorded,
        else an isolated one.
    code, data
        ``"recorded"``, or ``"current"``: the work tree around the working folder, and the
        sources of the datasets, as they are now.
    params
        Values for arguments, by name. The run made is a what-if then, and no reproduction.
    rtol, atol
        Tolerance within which numbers are equivalent: ``|a - b| <= max(rtol * max(|a|, |b|),
        atol)``; ``rtol`` is by default the setting of that name.
    tolerances
        Metrics with an ``rtol`` of their own.
    ignore
        Patterns, as of `fnmatch`, of metrics, params and artifacts that are not judged.
    explain
        Whether a different outcome is looked into by further reruns, each with one thing reset.
    confirm
        Asked with the `Plan` before anything runs; ``None`` goes on without asking.

    Raises
    ------
    NotFoundError
        If there is no such run.
    NotReproducibleError
        If something it needs is missing, if the setting ``trusted`` does not cover where it came
        from, or ``confirm`` said no.
    ConfigError
        If an argument cannot be.
    """
    manner = manner_of(env=env, code=code, data=data, params=params or {})
    with recorded_run(run_id) as recorded:
        require_trust(recorded, manner)
        plan = plan_of(recorded, manner)
        require_possible(plan)
        if confirm is not None and not confirm(plan):
            raise NotReproducibleError(
                f"run {plan.run_id} was not made again: the plan was declined",
                "confirm it, or pass --yes",
            )
        chosen = recorded.workspace.settings.rtol if rtol is None else rtol
        tolerance = tolerance_of(chosen, atol, tolerances=tolerances, ignore=ignore)
        report = rerun(recorded, manner, tolerance)
        if explain and report.verdict is Verdict.DIFFERENT:
            again = partial(rerun, recorded, tolerance=tolerance)
            report = explaining.explained(report, manner, again)
            logged.log(recorded.workspace, report)
        return report


def plan(
    run_id: str,
    *,
    env: str = "auto",
    code: str = "recorded",
    data: str = "recorded",
    params: Mapping[str, Any] | None = None,
) -> Plan:
    """What `reproduce` would do, and what stands in its way; it says what is raised too."""
    manner = manner_of(env=env, code=code, data=data, params=params or {})
    with recorded_run(run_id) as recorded:
        require_trust(recorded, manner)
        return plan_of(recorded, manner)


def run_of_model(uri: str) -> str:
    """The id of the run that a model came of; `NotFoundError` if there is none."""
    return model_uris.run_of_model(open_workspace().catalog.client, uri)


def compare_runs(
    run_id: str,
    other_run_id: str,
    *,
    rtol: float | None = None,
    atol: float = 0.0,
    tolerances: Mapping[str, float] | None = None,
    ignore: Sequence[str] = (),
) -> Reproduction:
    """What `reproduce` would say if ``other_run_id`` were the rerun of ``run_id``; nothing runs.

    Raises
    ------
    NotFoundError
        If there is no such run.
    NotReproducibleError
        If one of them recorded no call.
    """
    with recorded_run(run_id) as recorded, recorded_run(other_run_id) as other:
        chosen = recorded.workspace.settings.rtol if rtol is None else rtol
        tolerance = tolerance_of(chosen, atol, tolerances=tolerances, ignore=ignore)
        return _judged(recorded, other.run_id, Manner(), tolerance)


def manner_of(*, env: str, code: str, data: str, params: Mapping[str, Any]) -> Manner:
    """`ConfigError` if one of these cannot be."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in params.items()
    }
    return Manner(
        _chosen(Place, env, "environment"),
        _chosen(Source, code, "place of the code"),
        _chosen(Source, data, "place of the data"),
        texts,
    )


def tolerance_of(
    rtol: float, atol: float, *, tolerances: Mapping[str, float] | None, ignore: Sequence[str]
) -> Tolerance:
    """`ConfigError` if a number is none of at least 0; a single pattern may stand by itself."""
    own = dict(tolerances or {})
    for name, value in {"rtol": rtol, "atol": atol, **own}.items():
        if not 0 <= value < math.inf:
            raise ConfigError(f"the tolerance {name}={value!r} is none", "give 0 or more")
    return Tolerance(rtol, atol, own, (ignore,) if isinstance(ignore, str) else tuple(ignore))


def rerun(recorded: Recorded, manner: Manner, tolerance: Tolerance) -> Reproduction:
    """Make a run again, as a new run, and judge it.

    Raises
    ------
    NotReproducibleError
        If something that the plan could not see is missing.
    """
    try:
        return _rerun(recorded, manner, tolerance)
    except _DATA_ERRORS as error:
        raise NotReproducibleError(
            f"run {recorded.run_id} cannot be made again: {error.fact}", error.hint
        ) from error


def _rerun(recorded: Recorded, manner: Manner, tolerance: Tolerance) -> Reproduction:
    client = recorded.workspace.catalog.client
    environment = choosing.prepare(
        recorded.calls[0].environment,
        manner.env,
        cache=choosing.folder_of(recorded.workspace),
    )
    with temporary_folder() as folder:
        order = prepare(recorded, manner, folder)
        what_if = given.lines(manner)
        run_id = runs.create_rerun(client, recorded.run, what_if=what_if)
        started = time.monotonic()
        with _ended(recorded.workspace, run_id):
            failure = call_again({**order, "run_id": run_id}, folder, environment)
        seconds = time.monotonic() - started
        if failure is not None:
            runs.terminate(client, run_id, "FAILED")
        launch = launcher(recorded.calls[0].environment, environment, folder, code=order)
        report = _judged(
            recorded,
            run_id,
            manner,
            tolerance,
            launch=launch,
            seconds=seconds,
            failure=failure,
        )
    logged.log(recorded.workspace, report)
    return report


def _judged(
    recorded: Recorded,
    run_id: str,
    manner: Manner,
    tolerance: Tolerance,
    *,
    launch: Launch | None = None,
    seconds: float = 0.0,
    failure: str | None = None,
) -> Reproduction:
    outcome = outcomes.compare(
        recorded.workspace, recorded.run_id, run_id, tolerance=tolerance, launch=launch
    )
    verdict = Verdict.FAILED if failure is not None else verdicts.overall(outcome)
    return Reproduction(
        verdict=verdict,
        original_run_id=recorded.run_id,
        run_id=run_id,
        metrics=outcome.metrics,
        params=outcome.params,
        predictions=outcome.predictions,
        artifacts=outcome.artifacts,
        factors=() if verdict is Verdict.IDENTICAL else _factors(recorded, run_id),
        seconds=seconds,
        error=failure,
        what_if=given.lines(manner),
    )


@contextmanager
def _ended(workspace: Workspace, run_id: str) -> Iterator[None]:
    """A run that is not left open by an error."""
    try:
        yield
    except BaseException as error:
        runs.terminate(workspace.catalog.client, run_id, runs.end_status(error))
        raise


def _factors(recorded: Recorded, run_id: str) -> tuple[str, ...]:
    try:
        with recorded_run(run_id) as again:
            return factors.between(recorded, again)
    except MlsnapError:
        return ()


def _chosen(kind: Any, text: str, noun: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"no {noun} {text!r}", f"choose {', '.join(kind)}") from None
