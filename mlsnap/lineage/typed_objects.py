"""Objects of classes that code defines, as JSON by the class's path and what they hold.

They are brought back without a call of their class: what it checked and computed is what is stored.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Iterable
from enum import Enum, Flag
from types import BuiltinFunctionType, FunctionType
from typing import Any

from mlsnap.lineage import generators, import_paths

Coder = Callable[[Any], Any]
_PYDANTIC = ("__dict__", "__pydantic_extra__", "__pydantic_private__", "__pydantic_fields_set__")
_NAMESPACES = {("argparse", "Namespace"), ("types", "SimpleNamespace")}


def encode(value: Any, inner: Coder) -> dict[str, Any] | None:
    """The stored form, parts of it by ``inner``; ``None`` of what this module has none for."""
    if (made := generators.state(value)) is not None:
        return {"generator": made}
    own = import_paths.path_of(value) if _is_named(value) else None
    if own is not None:
        return {"import": own}
    path = import_paths.path_of(type(value))
    form = _form(value, inner) if path else None
    return {form[0]: [*path, form[1]]} if path and form else None


def _form(value: Any, inner: Coder) -> tuple[str, Any] | None:
    """The kind of an object, and what it holds."""
    kind: Any = type(value)
    form: tuple[str, Any] | None = None
    if isinstance(value, Enum):
        form = _enum_form(value)
    elif _is_named_tuple(kind):
        form = "named_tuple", [inner(each) for each in value]
    elif dataclasses.is_dataclass(kind) and kind.__new__ is object.__new__:
        form = "dataclass", _pairs(_state(value), inner)
    elif _is_model(kind):
        form = "pydantic", _pairs(kind.__getstate__(value), inner)
    elif (kind.__module__, kind.__qualname__) in _NAMESPACES:
        form = "namespace", _pairs(vars(value), inner)
    return form


def decode(kind: str, parts: list[Any], inner: Coder, *, main: str) -> Any:
    """What `encode` made ``parts`` of; `KeyError`, `TypeError` or the like if it is nothing."""
    if kind == "generator":
        return generators.made(*parts)
    module, qualname, *rest = parts
    found = import_paths.at(module, qualname, main=main)
    if kind == "import":
        return found if callable(found) else _refuse(parts, "a function or class")
    return _DECODERS[kind](found, rest[0], inner, parts)


def _is_named(value: Any) -> bool:
    """Whether it is a function or class, which is all that can be called by its path."""
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        return True
    return type(value).__module__ == "numpy" and callable(value)


def _is_named_tuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _is_model(kind: Any) -> bool:
    pydantic: Any = sys.modules.get("pydantic")
    model = getattr(pydantic, "BaseModel", None)
    return (
        model is not None
        and isinstance(kind, type)
        and issubclass(kind, model)
        and hasattr(kind, "model_fields")
    )


def _enum_form(value: Enum) -> tuple[str, Any] | None:
    if value.name in type(value).__members__:
        return "enum", value.name
    return ("flag", value.value) if isinstance(value, Flag) and type(value.value) is int else None


def _state(value: Any) -> dict[str, Any]:
    """The fields that are set, and what else the object holds; no cached properties."""
    kind = type(value)
    names = [each.name for each in dataclasses.fields(value) if hasattr(value, each.name)]
    names += [name for name in getattr(value, "__dict__", ()) if name not in names]
    return {name: getattr(value, name) for name in names if not _is_cached(kind, name)}


def _is_cached(kind: type, name: str) -> bool:
    return isinstance(getattr(kind, name, None), functools.cached_property)


def _pairs(values: dict[str, Any], inner: Coder) -> list[list[Any]]:
    return [[name, inner(each)] for name, each in values.items()]


def _enum(found: Any, name: str, inner: Coder, parts: list[Any]) -> Any:
    if not (isinstance(found, type) and issubclass(found, Enum)):
        _refuse(parts, "an enum")
    return found[name]


def _flag(found: Any, value: int, inner: Coder, parts: list[Any]) -> Any:
    if not (isinstance(found, type) and issubclass(found, Flag)):
        _refuse(parts, "an enum of flags")
    return found(value)


def _named_tuple(found: Any, items: list[Any], inner: Coder, parts: list[Any]) -> Any:
    if not _is_named_tuple(found):
        _refuse(parts, "a named tuple")
    if len(items) != len(found._fields):
        raise ValueError(f"{parts[1]} has the fields {', '.join(found._fields)}")
    return tuple.__new__(found, [inner(each) for each in items])


def _dataclass(found: Any, pairs: list[Any], inner: Coder, parts: list[Any]) -> Any:
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        _refuse(parts, "a dataclass")
    if found.__new__ is not object.__new__:
        raise TypeError(f"{parts[1]} makes its objects in a way of its own")
    made = object.__new__(found)
    for name, each in {**_defaults(found), **_decoded(pairs, inner)}.items():
        if not name.isidentifier() or name.startswith("__"):
            raise ValueError(f"{name!r} is no field")
        object.__setattr__(made, name, each)
    return made


def _defaults(found: Any) -> dict[str, Any]:
    """Those of fields, for a class that has got more of them since."""
    missing = dataclasses.MISSING
    fields = dataclasses.fields(found)
    plain = {each.name: each.default for each in fields if each.default is not missing}
    made = {
        each.name: each.default_factory() for each in fields if each.default_factory is not missing
    }
    return {**plain, **made}


def _pydantic(found: Any, pairs: list[Any], inner: Coder, parts: list[Any]) -> Any:
    if not _is_model(found):
        _refuse(parts, "a pydantic model")
    state = _decoded(pairs, inner)
    if not set(state) <= set(_PYDANTIC):
        raise ValueError(f"no state of a model has the parts {', '.join(state)}")
    made = found.__new__(found)
    found.__setstate__(made, state)
    return made


def _namespace(found: Any, pairs: list[Any], inner: Coder, parts: list[Any]) -> Any:
    if tuple(parts[:2]) not in _NAMESPACES:
        _refuse(parts, "a namespace")
    return found(**_decoded(pairs, inner))


def _decoded(pairs: Iterable[Any], inner: Coder) -> dict[str, Any]:
    return {name: inner(each) for name, each in pairs}


def _refuse(parts: list[Any], wanted: str) -> Any:
    raise TypeError(f"{parts[0]}.{parts[1]} is not {wanted}")


_DECODERS: dict[str, Callable[[Any, Any, Coder, list[Any]], Any]] = {
    "enum": _enum,
    "flag": _flag,
    "named_tuple": _named_tuple,
    "dataclass": _dataclass,
    "pydantic": _pydantic,
    "namespace": _namespace,
}

KINDS = {"import", "generator", *_DECODERS}
