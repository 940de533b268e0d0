"""The run of a tracked call, and what becomes of it where the body starts a run itself.

A training may call ``mlflow.start_run()``, which MLflow refuses while a run is active. So
MLflow's function is wrapped, once a call has opened a run: in the body of such a call the first
run that is started takes the place of the call's.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.tracking import fluent

from mlsnap.tracking import active, runs
from mlsnap.tracking.server import silent
from mlsnap.tracking.stacks import Stack

_start_run = mlflow.start_run
_set_experiment = mlflow.set_experiment
_START = inspect.signature(_start_run)
_PARENT = "mlflow.parentRunId"
_JOINED = ("run_name", "tags", "description", "log_system_metrics")
_RESUMED: set[str] = set()


def _nothing(run_id: str) -> None:
    """What happens when nobody wants to know."""


@dataclass(eq=False)
class CallRun:
    """The run that a call belongs to.

    ``opened`` says that the call opened it, so that it ends it and the body may take it;
    ``fixed`` that no other may take its place. ``outer`` is the call around this one, if it is
    the same run. ``entity`` is the run as MLflow has it, if it was made or read just now.
    ``moved`` is told which run it was, if another took its place; ``further`` of each other run
    that the body starts.
    """

    run_id: str
    experiment_id: str = ""
    opened: bool = False
    fixed: bool = False
    stack: Stack | None = None
    outer: CallRun | None = None
    entity: Run | None = None
    moved: Callable[[str], None] = _nothing
    further: Callable[[str], None] = _nothing
    taken: bool = field(default=False, init=False)
    thread: int = field(default_factory=threading.get_ident, init=False)

    def close(self, error: BaseException | None) -> None:
        """End it, if the call opened it and the body did not take it."""
        if self.opened and not self.taken and self.run_id not in _RESUMED:
            with self.in_place():
                runs.end(self.run_id, runs.end_status(error))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """MLflow's own calls belong to it."""
        with self.stack.in_place() if self.stack else nullcontext():
            yield

    def start(self, given: dict[str, Any]) -> Any:
        """What ``mlflow.start_run`` does in the body."""
        if not (self.opened and self._is_free()):
            return self._started_further(given)
        self._leave()
        run = self._joined(given) if self._is_meant(given) else self._exchanged(given)
        self.taken = True
        return run

    def _started_further(self, given: dict[str, Any]) -> Any:
        if self.stack and not self.opened:
            self.stack.clear()
        run = self.outer.start(given) if self.outer and not self.stack else _start_run(**given)
        if (run_id := str(run.info.run_id)) != self.run_id:
            self.further(run_id)
        return run

    def change_experiment(self, experiment_id: str) -> None:
        """What ``mlflow.set_experiment`` does in the body: the run is made there instead."""
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

    def is_here(self) -> bool:
        """Whether this code is in the thread of the body, and in its coroutine if it is one."""
        is_turn = self.stack is None or self.stack.is_in_place()
        return self.thread == threading.get_ident() and is_turn

    def _is_free(self) -> bool:
        is_unused = active.fluent_run_id() in (None, self.run_id)
        return not self.taken and self.is_here() and is_unused

    def _is_meant(self, given: dict[str, Any]) -> bool:
        """Whether the run that the body wants can be this one."""
        if self.fixed or given.get("run_id"):
            return self.fixed or given["run_id"] == self.run_id
        wanted = given.get("experiment_id") or fluent._get_experiment_id()
        return str(wanted) == self.experiment_id

    def _leave(self) -> None:
        if active.fluent_run_id():
            with silent():
                mlflow.end_run("RUNNING")

    def _joined(self, given: dict[str, Any]) -> Any:
        kept = {key: given[key] for key in _JOINED if key in given}
        if given.get("parent_run_id"):
            kept["tags"] = {**(kept.get("tags") or {}), _PARENT: given["parent_run_id"]}
        return _start_run(run_id=self.run_id, **kept)

    def _exchanged(self, given: dict[str, Any]) -> Any:
        run, before = _start_run(**given), self.run_id
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
    run = _start_run(run_name=None if joins else name)
    return CallRun(*_ids(run), opened=True, fixed=joins, entity=None if joins else run)


def open_context_run(client: MlflowClient, name: str) -> CallRun:
    """The same for a coroutine: a new run is active in this coroutine only."""
    _wrap_mlflow()
    if (run_id := active.active_run_id()) is not None:
        return _found(run_id)
    run = runs.create(client, name)
    return CallRun(*_ids(run), opened=True, stack=Stack(run), entity=run)


def resumed(run_id: str) -> Any:
    """A context manager: the run ``run_id`` is active, and what a body starts is this run."""
    _RESUMED.add(run_id)
    return _start_run(run_id=run_id)


def _found(run_id: str) -> CallRun:
    """A run that is there already; whoever opened it ends it."""
    call = active.call_run()
    outer = call if isinstance(call, CallRun) and call.run_id == run_id else None
    if outer is None or outer.is_here():
        is_resumed = outer is None and run_id in _RESUMED
        return CallRun(run_id, opened=is_resumed, fixed=is_resumed, outer=outer)
    run = MlflowClient().get_run(run_id)
    return CallRun(run_id, stack=Stack(run), entity=run)


def _ids(run: Run) -> tuple[str, str]:
    return str(run.info.run_id), str(run.info.experiment_id)


@functools.wraps(_start_run)
def _start_in_body(*args: Any, **kwargs: Any) -> Any:
    given = dict(_START.bind(*args, **kwargs).arguments)
    run = active.call_run()
    if isinstance(run, CallRun) and not given.get("nested"):
        return run.start(given)
    return _start_run(**given)


@functools.wraps(_set_experiment)
def _set_in_body(*args: Any, **kwargs: Any) -> Any:
    experiment = _set_experiment(*args, **kwargs)
    run = active.call_run()
    if isinstance(run, CallRun):
        run.change_experiment(str(experiment.experiment_id))
    return experiment


@functools.cache
def _wrap_mlflow() -> None:
    """Wrap both functions, also where a module has imported them by name."""
    wrapped = {
        "start_run": (_start_run, _start_in_body),
        "set_experiment": (_set_experiment, _set_in_body),
    }
    for module in list(sys.modules.values()):
        found = getattr(module, "__dict__", {})
        for name, (function, wrapper) in wrapped.items():
            if found.get(name) is function:
                setattr(module, name, wrapper)
