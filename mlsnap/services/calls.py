"""What mlsnap does around a tracked call: before the body, and after it."""

from __future__ import annotations

import inspect
import itertools
import numbers
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlsnap.data.files import File, Stamp, folder_path
from mlsnap.data.sources import base_of, define, is_local, located
from mlsnap.errors import NotFoundError, near
from mlsnap.lineage import secrets_in
from mlsnap.services import call_inputs, loading
from mlsnap.services.call_inputs import Input, Place, TableArgument
from mlsnap.services.linking import free_context, link
from mlsnap.services.profiling import Reading, read_definition, read_frame
from mlsnap.services.registry import open_dataset
from mlsnap.services.scripts import Script
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.tracking.entries import Entry
from mlsnap.values.names import check_name, slug
from mlsnap.values.snapshot import Definition

Recorded = tuple[dict[str, Any], dict[str, str]]
"""Arguments as JSON, and why others are not stored, by name."""

_SELF = ("self", "cls")
_KEY = re.compile(r"[/\w.\- :]{1,250}")
_NO_FOLDER = ("", ".", "..")


@dataclass(frozen=True)
class Tracked:
    """A function, or a whole script, and how its calls are tracked."""

    function: Callable[..., Any]
    declared: Mapping[str, str | Input] = field(default_factory=dict)
    with_data: bool = False

    @property
    def name(self) -> str:
        """The function's name, as datasets and runs are called after it."""
        if self.script:
            return slug(self.script.name)
        return slug(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def run_name(self) -> str:
        """What a run that is made for a call is called."""
        return (self.script and self.script.run_name) or self.name

    @property
    def script(self) -> Script | None:
        """The script, if it is one."""
        return self.function if isinstance(self.function, Script) else None

    @property
    def is_generator(self) -> bool:
        """Whether a call gives an iterator, whose body runs when it is used."""
        function = self.function
        return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)

    def check(self) -> None:
        """Refuse declared inputs that no call could have.

        Raises
        ------
        NotFoundError
            If the function has no parameter of that name.
        InvalidNameError
            If a dataset's name cannot be one.
        """
        parameters = inspect.signature(self.function).parameters
        free = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
        for name, given in self.declared.items():
            check_name(given if isinstance(given, str) else given.dataset, "dataset")
            if name not in parameters and not free:
                raise NotFoundError(
                    f"inputs={{{name!r}: …}}, but {self.name!r} has no parameter "
                    f"{name!r}{near(name, parameters)}",
                    f"its parameters are {', '.join(parameters) or 'none'}",
                )


@dataclass(frozen=True)
class Bound:
    """The arguments of one call, by parameter name, without the object of a method.

    ``unpacked`` names the parameter that takes the ``**`` arguments: they go by their own names.
    """

    values: dict[str, Any]
    of_object: bool
    unpacked: str | None = None

    def named(self) -> dict[str, Any]:
        """The arguments by the names that the caller gave them."""
        own = {name: value for name, value in self.values.items() if name != self.unpacked}
        return {**self.values.get(self.unpacked or "", {}), **own}


@dataclass(frozen=True)
class InputSnapshot:
    """A table argument with the snapshot of it and what restores its carrier.

    ``stamps`` are those of a path's files as they were read.
    """

    argument: TableArgument
    snapshot: Snapshot
    carrier: dict[str, Any] | None
    stamps: dict[File, Stamp]


def bind(tracked: Tracked, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound:
    """The arguments with defaults; TypeError if they misfit."""
    signature = inspect.signature(tracked.function)
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    values = dict(bound.arguments)
    kinds = {each.kind: name for name, each in signature.parameters.items()}
    unpacked = kinds.get(inspect.Parameter.VAR_KEYWORD)
    first = next(iter(signature.parameters), None)
    if first not in _SELF or not args:
        return Bound(values, False, unpacked)
    owner = values.pop(first)
    return Bound(values, not _is_named_by(owner, tracked.function), unpacked)


def tables_of(tracked: Tracked, bound: Bound) -> list[TableArgument]:
    """The table arguments of a call; of a script the data files that are known before it runs."""
    if tracked.script:
        return list(tracked.script.tables)
    return call_inputs.tables_of(
        bound.values, tracked.declared, function=tracked.name, unpacked=bound.unpacked
    )


def take_snapshot(workspace: Workspace, tracked: Tracked, table: TableArgument) -> InputSnapshot:
    """Snapshot a table argument, or find the snapshot that holds the same content."""
    reading, carrier = _read(workspace, table, keep=tracked.with_data)
    dataset = open_dataset(workspace, slug(table.dataset), reading.definition)
    snapshot = loading.snapshot_for(
        workspace,
        dataset,
        reading,
        with_data=tracked.with_data,
        verbatim=_has_files(reading.definition),
    )
    return InputSnapshot(table, snapshot, carrier, reading.stamps)


def link_input(
    held: dict[str, str], tracked: Tracked, taken: InputSnapshot
) -> tuple[Entry, dict[str, Any]]:
    """What makes a snapshot an input of a run, and how the call refers to it.

    ``held`` are the run's contexts, with the snapshot of each; that of this one is added. One that
    is another snapshot's becomes ``<function>.<argument>``, then ``<function>.<argument>-2`` and
    so on.
    """
    choices = _contexts(taken.argument.context, f"{tracked.name}.{taken.argument.key}")
    context = free_context(held, taken.snapshot, choices)
    held[slug(context)] = taken.snapshot.reference
    return link(taken.snapshot, context=context), {
        "context": context,
        "reference": taken.snapshot.reference,
        "digest": taken.snapshot.digest,
        "carrier": taken.carrier,
    }


def params_of(tracked: Tracked, bound: Bound) -> dict[str, str]:
    """Every argument that is no table and holds no secret, by what MLflow takes as its name."""
    if tracked.script:
        return {_key(name): value for name, value in tracked.script.params.items()}
    taken = {each.path[0] for each in tables_of(tracked, bound)}
    return {
        _key(name): str(value)
        for name, value in bound.named().items()
        if name not in taken and secrets_in.found(name, value) is None
    }


def recorded(tracked: Tracked, bound: Bound, tables: Mapping[Place, dict[str, Any]]) -> Recorded:
    """The arguments as JSON, with ``tables`` in their places, and why others are not stored."""
    stored, unstored = call_inputs.record(bound.values, tables, unpacked=bound.unpacked)
    return stored, {**unstored, **(tracked.script.unstored if tracked.script else {})}


def unstored_lines(given: Recorded | None) -> list[str]:
    """What is said of arguments that are not stored, each a sentence."""
    return [
        f"argument {name!r} is not stored: {why}; to reproduce the run, give it anew "
        f"(--param {name}=VALUE)"
        for name, why in (given[1] if given else {}).items()
    ]


def metrics_of(result: Any) -> dict[str, float]:
    """A returned dict of numbers as metrics; nothing of any other result."""
    if not isinstance(result, Mapping):
        return {}
    metrics = {str(key): value for key, value in result.items() if _is_number(value)}
    if len(metrics) != len(result):
        return {}
    return {_key(key): float(value) for key, value in metrics.items()}


def _is_named_by(owner: object, function: Callable[..., Any]) -> bool:
    """Whether ``function`` is a class method of ``owner`` that its qualified name leads to."""
    name = getattr(function, "__name__", "")
    return inspect.isclass(owner) and function.__qualname__ == f"{owner.__qualname__}.{name}"


def _contexts(own: str, fallback: str) -> Iterator[str]:
    yield own
    yield fallback
    yield from (f"{fallback}-{number}" for number in itertools.count(2))


def _read(
    workspace: Workspace, table: TableArgument, *, keep: bool
) -> tuple[Reading, dict[str, Any] | None]:
    if not table.is_path:
        reading = read_frame(table.value, keep=keep, may_be_known=True)
        return reading, reading.carrier
    definition = _definition_of(workspace, table)
    carrier = {
        "carrier": "path",
        "type": "str" if isinstance(table.value, str) else "path",
        "source": _below_base(definition),
    }
    return read_definition(definition, keep=keep and not _has_files(definition)), carrier


def _below_base(definition: Definition) -> str:
    """The path below the folder that a verbatim copy is of; a URL has no such copy."""
    if not is_local(definition):
        return str(definition.source)
    base = folder_path(base_of(definition))
    return Path(str(definition.source)).relative_to(base).as_posix()


def _has_files(definition: Definition | None) -> bool:
    """Whether a copy keeps the files as they are: those of a path on this machine, unless steps
    make other rows of them.
    """
    return definition is not None and is_local(definition) and not definition.steps


def _definition_of(workspace: Workspace, table: TableArgument) -> Definition:
    """The dataset's own definition if it names this path, with its read options.

    Else one of version 0, which no dataset has: the path was handed over.
    """
    try:
        entry = workspace.catalog.get(slug(table.dataset))
    except NotFoundError:
        return define(table.value)
    registered = workspace.catalog.definition(entry)
    is_its_own = registered.source == located(table.value)
    return registered if is_its_own else replace(define(table.value), version=0)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _key(name: str) -> str:
    """What MLflow takes as the name of a metric or parameter."""
    return name if _KEY.fullmatch(name) and _is_own_path(name) else slug(name)


def _is_own_path(name: str) -> bool:
    """Whether a path of that name would be written so, and lead to below its folder."""
    first = name.partition("/")[0]
    return posixpath.normpath(name) == name and first not in _NO_FOLDER
