"""Transformation steps of definitions. One file each, with the same face; it is imported when a
step of it is used.

``ARGUMENTS``
    The arguments that a stored step has beside its name ``step``, and what each must be.
``step(…) -> dict``
    The step as it is stored, from Python's arguments.
``complete(arguments) -> dict``
    Arguments as they are recorded when a definition is made. Raises `SourceError` if they cannot
    be used on any table.
``apply(rows, …) -> Rows``
    The rows transformed, given the arguments; nothing is read yet, unless a step needs all rows
    at once. Raises `SourceError` if they do not fit the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from itertools import takewhile
from typing import Any

import pyarrow as pa

from mlsnap.data import step_arguments
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.errors import SourceError, near

Step = dict[str, Any]

STEPS = (
    "select",
    "drop",
    "rename",
    "cast",
    "filter",
    "derive",
    "parse_dates",
    "sql",
    "function",
)
"""The names that definitions store, which are those of the files here."""


def completed(steps: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """``steps`` as a definition stores them.

    Raises
    ------
    SourceError
        If a step or an argument is not known, is missing or cannot be used; the step is named by
        its number.
    """
    return tuple(_completed(number, step) for number, step in enumerate(steps, start=1))


def transformed(rows: Rows, steps: Sequence[Mapping[str, Any]]) -> Rows:
    """``rows`` as the steps make them, one after the other.

    Raises
    ------
    SourceError
        If a step does not fit the rows it gets; the step is named by its number.
    """
    if not steps:
        return rows
    made = replace(rows, batches=_starting_again(rows, steps))
    try:
        for number, step in enumerate(steps, start=1):
            with _numbered(number, step):
                module, arguments = _understood(step)
                made = module.apply(made, **arguments)
    except StartAgain as again:
        return again.rows
    return made


def check_fit(rows: Rows, steps: Sequence[Mapping[str, Any]]) -> None:
    """`SourceError` if a step does not fit the rows it would get, as far as that can be told.

    What a function returns is known only when it is called: steps from there on are not looked at.
    """
    transformed(rows, list(takewhile(lambda step: step["step"] != "function", steps)))


def _starting_again(rows: Rows, steps: Sequence[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
    try:
        yield from rows.batches
    except StartAgain as again:
        raise StartAgain(transformed(again.rows, steps)) from None


def _completed(number: int, step: Mapping[str, Any]) -> Step:
    with _numbered(number, step):
        module, arguments = _understood(step_arguments.as_json(step))
        return {"step": step["step"], **module.complete(arguments)}


def _understood(step: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The module of a step and its arguments."""
    name = step.get("step")
    if name not in STEPS:
        raise SourceError(
            f"no step {name!r}{near(str(name), STEPS)}",
            f"steps are {', '.join(STEPS)}; a newer mlsnap may know more",
        )
    arguments = {key: value for key, value in step.items() if key != "step"}
    module = import_module(f"{__name__}.{name}")
    step_arguments.check(name, arguments, module.ARGUMENTS)
    return module, arguments


@contextmanager
def _numbered(number: int, step: Mapping[str, Any]) -> Iterator[None]:
    """Say which step it was."""
    try:
        yield
    except SourceError as error:
        raise SourceError(
            f"step {number} ({step.get('step')}): {error.fact}", error.hint
        ) from error
