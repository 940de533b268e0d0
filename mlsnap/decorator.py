"""The decorator on the training function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from mlsnap.services.bookkeeping import Bookkeeper
from mlsnap.services.call_inputs import Input
from mlsnap.services.calls import Tracked
from mlsnap.tracking import active

__all__ = ["Input", "track"]

F = TypeVar("F", bound=Callable[..., Any])


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

    Each call belongs to the active MLflow run, or to a new one; if the body starts a run itself,
    it is that one. Before the body runs, every table among the arguments is snapshotted (or its
    existing snapshot found) and becomes an input of the run. After it, every other argument
    becomes a parameter, unless the body has logged one of that name, and a returned dict of
    numbers becomes metrics. What the call was made of is recorded, so that ``mlsnap reproduce``
    can make it again.

    Tables are DataFrames, Series, arrays of one or two dimensions, Arrow and Polars frames, dicts,
    lists and tuples of these, and paths that ``inputs`` names. Coroutine functions are tracked the
    same way. A generator function is linked to a run only if one is active. Of the processes of a
    distributed training the first one records.

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
        bookkeeper = Bookkeeper(tracked, strict, in_context=True)
        with bookkeeper.around(args, kwargs) as outcome:
            outcome.result = await bookkeeper.in_turn(tracked.function(*args, **kwargs))
        return outcome.result

    return call


def _track_generator(tracked: Tracked, strict: bool | None) -> Callable[..., Any]:
    @functools.wraps(tracked.function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if active.active_run_id() is not None:
            Bookkeeper(tracked, strict).before(args, kwargs)
        return tracked.function(*args, **kwargs)

    return call
