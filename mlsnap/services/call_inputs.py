"""The tables among the arguments of a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlsnap.data import carriers
from mlsnap.lineage import arguments, secrets_in
from mlsnap.services.linking import DEFAULT_CONTEXT

Place = tuple[str | int, ...]
"""Where a table is: the parameter's name, then keys and positions inside its value."""


@dataclass(frozen=True, slots=True)
class Input:
    """How a table argument is recorded: dataset, and context where it is not the default."""

    dataset: str
    context: str | None = None


@dataclass(frozen=True, slots=True)
class TableArgument:
    """A table, or a path that ``inputs`` names, among the arguments of a call.

    ``path`` is its place as the caller sees it: ``**`` arguments go by their own names.
    """

    place: Place
    path: Place
    value: Any
    dataset: str
    context: str

    @property
    def is_path(self) -> bool:
        """Whether it is a path whose file the function reads itself."""
        return isinstance(self.value, str | Path)

    @property
    def key(self) -> str:
        """The path as text: ``df``, ``frames.train``."""
        return ".".join(map(str, self.path))


def tables_of(
    values: Mapping[str, Any],
    declared: Mapping[str, str | Input],
    *,
    function: str,
    unpacked: str | None = None,
) -> list[TableArgument]:
    """The table arguments of a call to ``function``, with their datasets and contexts.

    A single one has the context ``training``, several are called after their paths. ``unpacked``
    is the parameter that takes the ``**`` arguments.
    """
    found = [
        _argument(place, place[1:] if place[0] == unpacked else place, table, declared, function)
        for above, name, value in _named(values, unpacked)
        for place, table in _tables_in((*above, name), value, name in declared)
    ]
    if len(found) == 1 and not found[0].context:
        return [replace(found[0], context=DEFAULT_CONTEXT)]
    return [each if each.context else replace(each, context=each.key) for each in found]


def record(
    values: Mapping[str, Any],
    tables: Mapping[Place, dict[str, Any]],
    *,
    unpacked: str | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The arguments as JSON, and why others are not among them, by name.

    Plain values are stored by `mlsnap.lineage.arguments`, tables as given. Of the ``**``
    arguments, which ``unpacked`` takes, each counts for itself.
    """
    stored: dict[str, Any] = {}
    unstored: dict[str, str] = {}
    for name, value in values.items():
        if name == unpacked:
            parts = {key: _tried((name, key), each, tables) for key, each in value.items()}
            stored[name] = {"dict": [[k, each] for k, (each, _) in parts.items() if each]}
            unstored |= {key: why for key, (_, why) in parts.items() if why}
            continue
        form, why = _tried((name,), value, tables)
        if form is None:
            unstored[name] = why
        else:
            stored[name] = form
    return stored, unstored


def restore(stored: Mapping[str, Any], table: Any, *, main: str) -> dict[str, Any]:
    """The arguments again; ``table(form)`` gives the object for a recorded table.

    ``main`` is the name under which a script's module was loaded.
    """
    return {name: _restore(form, table, main) for name, form in stored.items()}


def _named(values: Mapping[str, Any], unpacked: str | None) -> Iterator[tuple[Place, str, Any]]:
    """Each argument by its name, with what stands before that in its place."""
    for name, value in values.items():
        if name == unpacked:
            yield from (((name,), key, each) for key, each in value.items())
        else:
            yield (), name, value


def _argument(
    place: Place, path: Place, value: Any, declared: Mapping[str, str | Input], function: str
) -> TableArgument:
    given = declared.get(str(path[0]))
    own = Input(given) if isinstance(given, str) else given
    if own is None:
        return TableArgument(place, path, value, ".".join(map(str, (function, *path))), "")
    inside = "".join(f".{each}" for each in path[1:])
    context = f"{own.context}{inside}" if own.context else ""
    return TableArgument(place, path, value, f"{own.dataset}{inside}", context)


def _tables_in(place: Place, value: Any, declared: bool) -> Iterator[tuple[Place, Any]]:
    if carriers.is_table(value) or (declared and isinstance(value, str | Path)):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _tables_in((*place, str(key)), each, False)
    elif isinstance(value, tuple | list):
        for position, each in enumerate(value):
            yield from _tables_in((*place, position), each, False)


def _tried(
    place: Place, value: Any, tables: Mapping[Place, dict[str, Any]]
) -> tuple[dict[str, Any] | None, str]:
    """The stored form of an argument, or why it has none."""
    if place not in tables and (secret := secrets_in.found(str(place[-1]), value)):
        return None, secret
    try:
        return _record(place, value, tables), ""
    except arguments.UnstorableArgument as error:
        return None, str(error)


def _record(place: Place, value: Any, tables: Mapping[Place, dict[str, Any]]) -> dict[str, Any]:
    if place in tables:
        return {"table": tables[place]}
    if not any(each[: len(place)] == place for each in tables):
        return {"value": arguments.encode(value)}
    if isinstance(value, dict):
        return {
            "dict": [
                [arguments.encode(key), _record((*place, str(key)), each, tables)]
                for key, each in value.items()
            ]
        }
    parts = [_record((*place, i), each, tables) for i, each in enumerate(value)]
    return {"tuple" if isinstance(value, tuple) else "list": parts}


def _restore(form: dict[str, Any], table: Any, main: str) -> Any:
    ((kind, stored),) = form.items()
    if kind == "table":
        return table(stored)
    if kind == "value":
        return arguments.decode(stored, main=main)
    if kind == "dict":
        return {
            arguments.decode(key, main=main): _restore(each, table, main) for key, each in stored
        }
    parts = [_restore(each, table, main) for each in stored]
    return tuple(parts) if kind == "tuple" else parts
