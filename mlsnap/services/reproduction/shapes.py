"""Whether what was read of a run's record has the types that it was written with."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from mlsnap.values.lineage import Call, tables_of

_OF_TABLES = {"context": str, "reference": str, "digest": str}


def check(found: object) -> None:
    """`TypeError` that names the first field of another type than its class says.

    Of a call, the forms of its arguments and tables are looked at too.
    """
    _check(found, type(found), "it")
    if isinstance(found, Call):
        _check_arguments(found)


def _check_arguments(call: Call) -> None:
    for name, form in call.arguments.items():
        if not isinstance(form, dict) or len(form) != 1:
            raise TypeError(f"argument {name!r} is {type(form).__name__}, no form of a value")
    for table in tables_of(call).values():
        for name, kind in _OF_TABLES.items():
            _check(table.get(name), kind, f"{name} of a table")
        _check(table.get("carrier"), dict[str, Any] | None, "carrier of a table")


def _check(value: Any, kind: Any, place: str) -> None:
    if kind is Any:
        return
    if isinstance(kind, UnionType):
        if not any(_fits(value, each, place) for each in get_args(kind)):
            raise _wrong(value, place)
        return
    plain = get_origin(kind) or kind
    if not isinstance(value, plain) or (plain is int and isinstance(value, bool)):
        raise _wrong(value, place)
    for inner, each, name in _parts(value, kind, place):
        _check(inner, each, name)


def _fits(value: Any, kind: Any, place: str) -> bool:
    try:
        _check(value, kind, place)
    except TypeError:
        return False
    return True


def _parts(value: Any, kind: Any, place: str) -> list[tuple[Any, Any, str]]:
    """What is in a value, with the type that it should have, and where it is."""
    given = get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return [(getattr(value, name), each, name) for name, each in hints.items()]
    if isinstance(value, dict):
        keys = [(key, given[0], f"a name in {place}") for key in value]
        return keys + [(each, given[1], f"{place}.{key}") for key, each in value.items()]
    if given and isinstance(value, tuple | list):
        return [(each, given[0], f"an entry of {place}") for each in value]
    return []


def _wrong(value: object, place: str) -> TypeError:
    return TypeError(f"{place} is {type(value).__name__}, which no run of ours records")
