"""A function of the project's own, recorded by its name and the hash of its source."""

from __future__ import annotations

import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap.data import carriers
from mlsnap.data.flow import flowing
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import OBJECT, TEXT
from mlsnap.errors import SourceError, near

ARGUMENTS = {"function": TEXT, "arguments": OBJECT.optional, "sha256": TEXT.optional}


def step(function: Callable[..., Any] | str, **arguments: Any) -> dict[str, Any]:
    """Replace the rows by what a function makes of them: ``function(table, **arguments)``.

    It gets a `pyarrow.Table` with all rows, in memory, and returns a table of any kind (Arrow,
    pandas, Polars, …). It must be importable; ``module:function`` names it.

    Raises
    ------
    SourceError
        If ``function`` could not be imported elsewhere: of ``__main__``, nested, or a lambda.
    """
    name = function if isinstance(function, str) else _name_of(function)
    return {"step": "function", "function": name, "arguments": arguments}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with the hash of the function's source as it is now."""
    function = load(arguments["function"])
    return {**arguments, "sha256": source_hash(arguments["function"], function)}


def apply(
    rows: Rows, *, function: str, sha256: str = "", arguments: dict[str, Any] | None = None
) -> Rows:
    """The rows that the function returns; all of ``rows`` are read at once."""
    called = load(function)
    _check_unchanged(function, called, sha256)
    table = pa.Table.from_batches(rows.batches, rows.schema)
    made = _encoded(function, _called(function, called, table, arguments or {}))
    return flowing(rows, made.schema, made.batches, column=made.column, row_count=made.row_count)


def load(name: str) -> Callable[..., Any]:
    """The function that ``module:function`` names.

    A module is looked for where Python looks, and then in the working directory.

    Raises
    ------
    SourceError
        If it cannot be imported, or there is no such function.
    """
    module_name, _, path = name.partition(":")
    if not (module_name and path):
        raise SourceError(f"{name!r} names no function", "write it as module:function")
    found: Any = _imported(module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            raise SourceError(
                f"no function {path!r} in module {module_name!r}{near(part, vars(found))}",
                "name a function of the module's own",
            )
        found = getattr(found, part)
    if not callable(found):
        raise SourceError(f"{name!r} is a {type(found).__name__}, no function", "name a function")
    return found  # type: ignore[no-any-return]


def source_hash(name: str, function: Callable[..., Any]) -> str:
    """SHA-256 of a function's source, 64 hex digits; `SourceError` if it has none in Python."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise SourceError(
            f"the source of {name!r} cannot be read: {error}", "name a function written in Python"
        ) from error
    return hashlib.sha256(source.encode()).hexdigest()


def _name_of(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", "<unnamed>")
    if module in (None, "__main__") or "<" in name:
        raise SourceError(
            f"the function {name!r} of {module!r} could not be imported elsewhere",
            "put it into a module, at its top level, and import it from there",
        )
    return f"{module}:{name}"


def _imported(module_name: str) -> Any:
    try:
        with _working_directory_last():
            return import_module(module_name)
    except ModuleNotFoundError as error:
        raise SourceError(
            f"the module {module_name!r} cannot be imported: {error}",
            "install it, or stand in the folder that holds it",
        ) from error
    except Exception as error:
        raise SourceError(
            f"the module {module_name!r} cannot be imported: {error!r}", "mend the module"
        ) from error


@contextmanager
def _working_directory_last() -> Iterator[None]:
    """Look for modules in the working directory, after everywhere else."""
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.reverse()
        sys.path.remove(here)
        sys.path.reverse()


def _check_unchanged(name: str, function: Callable[..., Any], recorded: str) -> None:
    found = source_hash(name, function)
    if found != recorded:
        raise SourceError(
            f"the function {name!r} is not the recorded one: its source has SHA-256 "
            f"{found[:16]}…, recorded {recorded[:16]}…",
            "bring the recorded source back, or record this one with "
            "dataset.update_definition(dataset.get_definition(), message)",
        )


def _called(
    name: str, function: Callable[..., Any], table: pa.Table, arguments: dict[str, Any]
) -> Any:
    try:
        return function(table, **arguments)
    except Exception as error:
        raise SourceError(
            f"the function {name!r} raised {type(error).__name__}: {error}",
            "it is called with a pyarrow.Table and the recorded arguments",
        ) from error


def _encoded(name: str, result: Any) -> Rows:
    try:
        return carriers.encode(result)
    except SourceError as error:
        raise SourceError(
            f"the function {name!r} returned what cannot be read: {error.fact}", error.hint
        ) from error
