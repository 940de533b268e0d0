"""MLflow's stack of active runs, of which each tracked coroutine gets one of its own.

MLflow has one for each thread, so coroutines that take turns in a thread would mix up their runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import mlflow
from mlflow.entities import Run

from mlsnap.tracking import internals


class Stack:
    """Active runs that count while they are in place, instead of those of the thread."""

    def __init__(self, run: Run) -> None:
        self._runs = [mlflow.ActiveRun(run)]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """MLflow's own calls belong to these runs, for the time of a block."""
        before = internals.active_runs()
        internals.set_active_runs(self._runs)
        try:
            yield
        finally:
            internals.set_active_runs(before)

    def is_in_place(self) -> bool:
        """Whether they count now."""
        return internals.active_runs() is self._runs

    def run_ids(self) -> list[str]:
        """The runs that are active in it, the one that was started last first."""
        return [str(run.info.run_id) for run in reversed(self._runs)]

    def clear(self) -> None:
        """No run is active any more; none is ended."""
        self._runs.clear()

    def around(self, awaitable: Awaitable[Any]) -> Awaitable[Any]:
        """``awaitable``, with these runs in place whenever it is its turn."""
        return _Stepped(self, awaitable)


class _Stepped:
    def __init__(self, stack: Stack, awaitable: Awaitable[Any]) -> None:
        self._stack = stack
        self._awaitable = awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self._awaitable.__await__()
        sent, raised = None, None
        while True:
            with self._stack.in_place():
                try:
                    waiting = steps.throw(raised) if raised else steps.send(sent)
                except StopIteration as end:
                    return end.value
            try:
                sent, raised = (yield waiting), None
            except BaseException as error:
                sent, raised = None, error
