"""MLflow's stack of active runs, of which each tracked coroutine gets one of its own.

MLflow has one for each thread, so coroutines that take turns in a thread would mix up their runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.tracking import fluent


class Stack:
    """Active runs that count while they are in place, instead of those of the thread."""

    def __init__(self, run: Run) -> None:
        self._runs = [mlflow.ActiveRun(run)]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """MLflow's own calls belong to these runs, for the time of a block."""
        before = fluent._active_run_stack.get()
        fluent._active_run_stack.set(self._runs)
        try:
            yield
        finally:
            fluent._active_run_stack.set(before)

    def is_in_place(self) -> bool:
        """Whether they count now."""
        return fluent._active_run_stack.get() is self._runs

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
