"""The decorator on the training function."""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar, overload

from mlsnap import settings
from mlsnap.data.files import File, Stamp, check_unchanged
from mlsnap.errors import MlsnapError, MlsnapWarning
from mlsnap.lineage import randomness
from mlsnap.services import calls, progress
from mlsnap.services.call_inputs import Input, Place
from mlsnap.services.calls import Bound, Tracked
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import runs
from mlsnap.tracking.server import short_patience

__all__ = ["Input", "track"]

F = TypeVar("F", bound=Callable[..., Any])

_inside: ContextVar[bool] = ContextVar("mlsnap_inside", default=False)


@overload
def track(function: F, /) -> F: ...
@overload
def track(
    *,
    inputs: Mapping[str, str | Input] | None = None,
    create_data_snapshot: bool = False,
    strict: bool | None = None,
) -> Callable[[F], F]: ...
def track(
    function: Any = None,
    /,
    *,
    inputs: Mapping[str, str | Input] | None = None,
    create_data_snapshot: bool = False,
    strict: bool | None = None,
) -> Any:
    """Track the calls of a training function: its data, parameters, metrics, code, environment.

    Each call belongs to the active MLflow run, or to a new one. Before the body runs, every table
    among the arguments is snapshotted (or its existing snapshot found) and becomes an input of
    the run; every other argument becomes a parameter. A returned dict of numbers becomes
    metrics. What the call was made of is recorded, so that ``mlsnap reproduce`` can make it again.

    Tables are DataFrames, Series, arrays of one or two dimensions, Arrow and Polars frames, dicts,
    lists and tuples of these, and paths that ``inputs`` names. Coroutine functions are tracked the
    same way, but MLflow's own calls inside of them (``mlflow.log_metric``, …) do not know their
    run: return the metrics. A generator function is linked to a run only if one is active.

    Parameters
    ----------
    inputs
        By parameter: the dataset it belongs to, or an `Input` with dataset and context. An unknown
        dataset is registered. Others belong to ``<function>.<parameter>``. The context is
        ``training`` for a single table, else the parameter's name.
    create_data_snapshot
        Whether snapshots taken for a call get a copy of the data.
    strict
        Whether a failure of this bookkeeping raises; by default it is one warning and the
        training goes on, unless the setting ``strict`` says otherwise.

    Warns
    -----
    MlsnapWarning
        What could not be recorded, and why the run could not be reproduced: one before the body,
        and one after it if the end fails.
    """
    if function is None:
        return functools.partial(
            _track, inputs=inputs, create_data_snapshot=create_data_snapshot, strict=strict
        )
    return _track(function)


def _track(
    function: Callable[..., Any],
    *,
    inputs: Mapping[str, str | Input] | None = None,
    create_data_snapshot: bool = False,
    strict: bool | None = None,
) -> Callable[..., Any]:
    if isinstance(function, staticmethod | classmethod):
        again = functools.partial(
            _track, inputs=inputs, create_data_snapshot=create_data_snapshot, strict=strict
        )
        return type(function)(again(function.__func__))
    tracked = Tracked(function, dict(inputs or {}), create_data_snapshot)
    tracked.check()
    if inspect.iscoroutinefunction(function):
        return _track_coroutine(tracked, strict)
    if tracked.is_generator:
        return _track_generator(tracked, strict)
    return _track_function(tracked, strict)


def _track_function(tracked: Tracked, strict: bool | None) -> Callable[..., Any]:
    @functools.wraps(tracked.function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with Bookkeeper(tracked, strict).around(args, kwargs) as outcome:
            outcome.result = tracked.function(*args, **kwargs)
        return outcome.result

    return call


def _track_coroutine(tracked: Tracked, strict: bool | None) -> Callable[..., Any]:
    @functools.wraps(tracked.function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        with Bookkeeper(tracked, strict, in_context=True).around(args, kwargs) as outcome:
            outcome.result = await tracked.function(*args, **kwargs)
        return outcome.result

    return call


def _track_generator(tracked: Tracked, strict: bool | None) -> Callable[..., Any]:
    @functools.wraps(tracked.function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if runs.active_run_id() is not None:
            Bookkeeper(tracked, strict).before(args, kwargs)
        return tracked.function(*args, **kwargs)

    return call


@dataclass
class Outcome:
    """What the body returned, once it has."""

    result: Any = None


class Bookkeeper:
    """mlsnap's part of one call. Its failures never reach the training, unless strict."""

    def __init__(self, tracked: Tracked, strict: bool | None, *, in_context: bool = False) -> None:
        self._tracked = tracked
        self._strict = strict
        self._in_context = in_context
        self._nested = _inside.get()
        self._workspace: Workspace | None = None
        self._run: runs.OpenRun | None = None
        self._active_before = runs.fluent_run_id()
        self._stamps: dict[File, Stamp] = {}
        self._complaints: list[str] = []

    @contextmanager
    def around(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Outcome]:
        """The time of the body; tracked functions that it calls are part of this call."""
        outcome = Outcome()
        try:
            self.before(args, kwargs)
            token = _inside.set(True)
            try:
                with progress.unwatched():
                    yield outcome
            finally:
                _inside.reset(token)
            self.after(outcome.result)
        except BaseException as error:
            self.after_failure(error)
            raise

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Everything that must be seen before the body can change it; no bar is drawn."""
        guarded = self._guarded("could not record the call")
        with randomness.kept(), progress.unwatched(), guarded:
            states = randomness.capture()
            bound = self._bind(args, kwargs)
            if bound is not None:
                self._record(bound, states)
        self._warn()

    def after(self, result: Any) -> None:
        """Log what came out, and end the run if it is our own."""
        workspace, run = self._workspace, self._run
        if workspace is None or run is None:
            return
        with randomness.kept(), short_patience():
            with self._guarded("the training may have read other data than recorded"):
                check_unchanged(self._stamps)
            if not self._nested:
                with self._guarded("could not log the metrics"):
                    calls.log_result(workspace, run.run_id, result)
            with self._guarded("could not end the run"):
                self._close(None)
        self._warn()

    def after_failure(self, error: BaseException) -> None:
        """End the run as failed; what the training raised goes on unchanged."""
        run_id = self._run.run_id if self._run else None
        try:
            with randomness.kept(), short_patience():
                self._close(error)
            if f"{run_id} is already active" in str(error):
                error.add_note(
                    f"mlsnap opened that run for {self._tracked.name!r}: leave start_run() out of "
                    "the function, put it around the call, or start a nested run"
                )
        except Exception as failure:
            error.add_note(f"mlsnap could not mark the run as failed: {failure}")

    def _close(self, error: BaseException | None) -> None:
        """End the run, once."""
        run, self._run = self._run, None
        if run is not None:
            run.close(error)
        if self._in_context and (stray := runs.end_stray_run(self._active_before)):
            self._complaints.append(
                f"MLflow's own calls inside the coroutine went to another run, {stray}; return the "
                "metrics, or log them with MlflowClient"
            )

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound | None:
        try:
            return calls.bind(self._tracked, args, kwargs)
        except TypeError:
            return None  # the call itself will say it better

    def _record(self, bound: Bound, states: dict[str, Any]) -> None:
        if self._strict is None:
            self._strict = settings.load(Path.cwd()).settings.strict
        self._workspace = workspace = open_workspace()
        self._run = run = self._open_run(workspace)
        tables = self._link_tables(workspace, run.run_id, bound)
        if self._nested:
            return
        with self._guarded("could not log the parameters"):
            if clashes := calls.log_params(workspace, run.run_id, self._tracked, bound):
                self._complaints.append(
                    f"the run holds other values of the parameters {', '.join(clashes)} already"
                )
        with self._guarded("could not record what the call was made of"):
            problems = calls.log_call(
                workspace, run.run_id, self._tracked, bound, tables=tables, random_states=states
            )
            self._complaints += [f"the run cannot be reproduced: {each}" for each in problems]

    def _link_tables(
        self, workspace: Workspace, run_id: str, bound: Bound
    ) -> dict[Place, dict[str, Any]]:
        forms: dict[Place, dict[str, Any]] = {}
        for table in calls.tables_of(self._tracked, bound):
            with self._guarded(f"could not snapshot the argument {table.key!r}"):
                taken = calls.take_snapshot(workspace, self._tracked, table)
                self._stamps |= taken.stamps
                forms[table.place] = calls.link_input(workspace, run_id, self._tracked, taken)
        return forms

    def _open_run(self, workspace: Workspace) -> runs.OpenRun:
        if self._in_context:
            return runs.open_context_run(workspace.catalog.client, self._tracked.name)
        return runs.open_run(self._tracked.name)

    @contextmanager
    def _guarded(self, failure: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if self._strict:
                raise
            shown = error.fact if isinstance(error, MlsnapError) else f"{error!r}"
            self._complaints.append(f"{failure}: {shown}")

    def _warn(self) -> None:
        if self._complaints:
            text = "; ".join(self._complaints)
            self._complaints = []
            warnings.warn(
                f"mlsnap, tracking {self._tracked.name!r}: {text}",
                MlsnapWarning,
                stacklevel=_level(),
            )


def _level() -> int:
    """How many frames above the one that warns the user's call is."""
    frame: FrameType | None = sys._getframe(1)
    level = 0
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in _OWN:
        frame, level = frame.f_back, level + 1
    return level + 1


_OWN = ("mlsnap", "contextlib")
