"""Which run code belongs to: MLflow's active one, or that of the tracked call it is part of."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

import mlflow

from mlsnap.tracking import internals

_PROCESS = os.getpid()


class HasRun(Protocol):
    """What knows the run of a call, which may be exchanged while the body runs."""

    run_id: str


@dataclass(frozen=True)
class _Body:
    run: HasRun | None
    is_call: bool
    process: int = field(default_factory=os.getpid)


_bodies: ContextVar[_Body | None] = ContextVar("mlsnap_body", default=None)


@contextmanager
def body_of(run: HasRun | None, *, is_call: bool = True) -> Iterator[None]:
    """The body of a tracked call, whose bookkeeping may have failed: then it has no ``run``.

    Or of something else that opened a run: tracked calls in it are not part of another.
    """
    token = _bodies.set(_Body(run, is_call))
    try:
        yield
    finally:
        _bodies.reset(token)


def is_in_body() -> bool:
    """Whether this code is part of a tracked call; a forked process is not."""
    found = _bodies.get()
    return found is not None and found.is_call and found.process == os.getpid()


def call_run() -> HasRun | None:
    """The run of the tracked call that this code is part of."""
    found = _bodies.get()
    return found.run if found and found.process == os.getpid() else None


def active_run_id() -> str | None:
    """The run this code belongs to: MLflow's active one, else that of the tracked call around it.

    Threads have neither, unless they are given the context (`contextvars.copy_context`,
    `asyncio.to_thread`).
    """
    run = call_run()
    return fluent_run_id() or (run.run_id if run else None)


def fluent_run_id() -> str | None:
    """MLflow's own active run in this thread, or in this coroutine if it is tracked."""
    run = mlflow.active_run()
    return str(run.info.run_id) if run else None


def take_away(run_id: str) -> list[mlflow.ActiveRun]:
    """The run is no active one of MLflow's any more; nothing is written to it."""
    runs = internals.active_runs()
    taken = [run for run in runs if run.info.run_id == run_id]
    runs[:] = [run for run in runs if run not in taken]
    return taken


def put_back(taken: list[mlflow.ActiveRun]) -> None:
    """What was taken away is active again."""
    internals.active_runs().extend(taken)
    taken.clear()


def reachable_run_id() -> str | None:
    """The same; for a thread that has none, the only one that is active in any other thread."""
    if (run_id := active_run_id()) is not None:
        return run_id
    if threading.current_thread() is threading.main_thread() or os.getpid() != _PROCESS:
        return None
    alive = {each.ident for each in threading.enumerate()}
    stacks = internals.active_runs_by_thread().items()
    found = {stack[-1].info.run_id for thread, stack in stacks if stack and thread in alive}
    return str(found.pop()) if len(found) == 1 else None
