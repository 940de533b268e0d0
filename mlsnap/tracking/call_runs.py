"""The run of a tracked call, and what becomes of it where the body starts a run itself.

A training may call ``mlflow.start_run()``, which MLflow refuses while a run is active. So
MLflow's functions are wrapped, once a call has opened a run: in the body of such a call the first
run that is started takes the place of the call's.
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.tracking import fluent

from mlsnap.tracking import active, internals, runs
from mlsnap.tracking.server import silent, tracking_uri
from mlsnap.tracking.stacks import Stack
from mlsnap.tracking.wrapping import wrap

_PARAMETERS = tuple(inspect.signature(fluent.start_run).parameters)
_PARENT = "mlflow.parentRunId"
_OF_NEW_RUNS = ("run_id", "experiment_id", "nested", "parent_run_id")
"""What of ``mlflow.start_run`` a run that is there already cannot be given."""


def _store() -> str:
    return tracking_uri(None).rstrip("/")


def _nothing(run_id: str) -> None:
    """What happens when nobody wants to know."""


@dataclass(eq=False)
class CallRun:
    """The run that a call belongs to.

    ``opened`` says that the call opened it, so that it ends it and the body may take it;
    ``fixed`` that no other may take its place, ``stays`` that the body may not turn to another
    MLflow. ``outer`` is the call around this one, if it is
    the same run. ``entity`` is the run as MLflow has it, if it was made or read just now.
    ``moved`` is told which run it was, if another took its place; ``further`` of each other run
    that the body starts.
    """

    run_id: str
    experiment_id: str = ""
    opened: bool = False
    fixed: bool = False
    stays: bool = False
    stack: Stack | None = None
    outer: CallRun | None = None
    entity: Run | None = None
    moved: Callable[[str], None] = _nothing
    further: Callable[[str], None] = _nothing
    taken: bool = field(default=False, init=False)
    store: str = field(default_factory=_store, init=False)
    turned: str | None = field(default=None, init=False)
    away: list[mlflow.ActiveRun] = field(default_factory=list, init=False)
    thread: int = field(default_factory=threading.get_ident, init=False)

    def close(self, error: BaseException | None) -> None:
        """End it, if the call opened it and the body did not take it."""
        status = runs.end_status(error)
        if self.elsewhere and self._is_to_end():
            runs.terminate(MlflowClient(self.store), self.run_id, status)
            return
        with self.in_place():
            for run_id in self._left():
                runs.end(run_id, status)

    @property
    def elsewhere(self) -> str | None:
        """The other MLflow to which the body has turned, if it has."""
        return self.outer.elsewhere if self.outer else self.turned

    @property
    def must_stay(self) -> bool:
        """Whether the body may not turn to another MLflow."""
        return self.outer.must_stay if self.outer else self.stays

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """MLflow's own calls belong to it."""
        with self.stack.in_place() if self.stack else nullcontext():
            yield

    def start(self, given: dict[str, Any]) -> Any:
        """What ``mlflow.start_run`` does in the body."""
        if self.elsewhere:
            return _started(**given)
        if not (self.opened and self._is_free()):
            return self._started_further(given)
        self._leave()
        run = self._joined(given) if self._is_meant(given) else self._exchanged(given)
        self.taken = True
        return run

    def _started_further(self, given: dict[str, Any]) -> Any:
        if self.stack and not self.opened:
            self.stack.clear()
        run = self.outer.start(given) if self.outer and not self.stack else _started(**given)
        if (run_id := str(run.info.run_id)) != self.run_id:
            self.further(run_id)
        return run

    def change_experiment(self, experiment_id: str) -> None:
        """What ``mlflow.set_experiment`` does in the body: the run is made there instead."""
        if self.elsewhere:
            return
        if self.outer and not self.stack:
            self.outer.change_experiment(experiment_id)
            if self.run_id != self.outer.run_id:
                self.run_id = self.outer.run_id
                self.further(self.run_id)
        elif self.opened and not self.fixed and experiment_id != self.experiment_id:
            run = mlflow.active_run()
            if run and self._is_free():
                self._leave()
                self._exchanged({"run_name": run.info.run_name})

    def change_store(self) -> None:
        """What ``mlflow.set_tracking_uri`` does in the body: the run is not in that MLflow."""
        if self.outer:
            self.outer.change_store()
            return
        self.turned = None if _store() == self.store else _store()
        if self.turned is None:
            active.put_back(self.away)
        elif self.opened and not self.taken and self.is_here():
            self.away += active.take_away(self.run_id)

    def is_here(self) -> bool:
        """Whether this code is in the thread of the body, and in its coroutine if it is one."""
        is_turn = self.stack is None or self.stack.is_in_place()
        return self.thread == threading.get_ident() and is_turn

    def _is_to_end(self) -> bool:
        return self.opened and not self.taken

    def _left(self) -> Iterator[str]:
        """The runs to end: no code can reach those that a coroutine leaves open."""
        left = self.stack.run_ids() if self.stack else []
        yield from (each for each in left if self.opened or each != self.run_id)
        if self._is_to_end() and self.run_id not in left:
            yield self.run_id

    def _is_free(self) -> bool:
        is_unused = active.fluent_run_id() in (None, self.run_id)
        return not self.taken and self.is_here() and is_unused

    def _is_meant(self, given: dict[str, Any]) -> bool:
        """Whether the run that the body wants can be this one."""
        if self.fixed or given.get("run_id"):
            return self.fixed or given["run_id"] == self.run_id
        wanted = given.get("experiment_id") or internals.current_experiment_id()
        return str(wanted) == self.experiment_id

    def _leave(self) -> None:
        if active.fluent_run_id():
            with silent():
                mlflow.end_run("RUNNING")

    def _joined(self, given: dict[str, Any]) -> Any:
        kept = {key: each for key, each in given.items() if key not in _OF_NEW_RUNS}
        if given.get("parent_run_id"):
            kept["tags"] = {**(kept.get("tags") or {}), _PARENT: given["parent_run_id"]}
        return _started(run_id=self.run_id, **kept)

    def _exchanged(self, given: dict[str, Any]) -> Any:
        run, before = _started(**given), self.run_id
        self.run_id, self.experiment_id = _ids(run)
        self.entity = run
        self.moved(before)
        return run


def open_run(name: str) -> CallRun:
    """The active run, or a new one that is MLflow's active run until it is closed."""
    _wrap_mlflow()
    if (run_id := active.active_run_id()) is not None:
        return _found(run_id)
    joins = "MLFLOW_RUN_ID" in os.environ  # of `mlflow run`: it has its name already
    run = _started(run_name=None if joins else name)
    return CallRun(*_ids(run), opened=True, fixed=joins, entity=None if joins else run)


def open_context_run(client: MlflowClient, name: str) -> CallRun:
    """The same for a coroutine: a new run is active in this coroutine only."""
    _wrap_mlflow()
    if (run_id := active.active_run_id()) is not None:
        return _found(run_id)
    run = runs.create(client, name)
    return CallRun(*_ids(run), opened=True, stack=Stack(run), entity=run)


@contextmanager
def resumed(run_id: str) -> Iterator[None]:
    """The run ``run_id`` is active, and what a body starts is this run, in this MLflow."""
    _wrap_mlflow()
    run = CallRun(run_id, opened=True, fixed=True, stays=True)
    with _started(run_id=run_id), active.body_of(run, is_call=False):
        yield


def _found(run_id: str) -> CallRun:
    """A run that is there already; whoever opened it ends it."""
    call = active.call_run()
    outer = call if isinstance(call, CallRun) and call.run_id == run_id else None
    if outer is None or outer.is_here():
        return CallRun(run_id, outer=outer)
    run = MlflowClient().get_run(run_id)
    return CallRun(run_id, stack=Stack(run), entity=run)


def _ids(run: Run) -> tuple[str, str]:
    return str(run.info.run_id), str(run.info.experiment_id)


def _started(**given: Any) -> Any:
    """The run that MLflow starts, whatever call this is in."""
    with active.body_of(None, is_call=False):
        return mlflow.start_run(**given)


def _wrap_mlflow() -> None:
    wrap("start_run", _start_in_body)
    wrap("set_experiment", _set_in_body)
    wrap("set_tracking_uri", _turn_in_body)


def _start_in_body(start_run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    given = {**dict(zip(_PARAMETERS, args, strict=False)), **kwargs}
    run = active.call_run()
    is_child = given.get("nested") and mlflow.active_run()
    if isinstance(run, CallRun) and not is_child:
        return run.start(given)
    return start_run(*args, **kwargs)


def _set_in_body(set_experiment: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    experiment = set_experiment(*args, **kwargs)
    run = active.call_run()
    if isinstance(run, CallRun):
        run.change_experiment(str(experiment.experiment_id))
    return experiment


def _turn_in_body(set_tracking_uri: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    run = active.call_run()
    if isinstance(run, CallRun) and run.must_stay:
        return
    set_tracking_uri(*args, **kwargs)
    if isinstance(run, CallRun):
        run.change_store()
