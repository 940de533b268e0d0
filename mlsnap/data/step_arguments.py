"""What the arguments of transformation steps must be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlsnap.errors import SourceError, near


@dataclass(frozen=True)
class Argument:
    """A kind of JSON value, and whether the step can do without it."""

    description: str
    holds: Callable[[Any], bool]
    needed: bool = True

    @property
    def optional(self) -> Argument:
        """The same, for an argument that may be left out."""
        return replace(self, needed=False)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


TEXT = Argument("a text", _is_text)
NAMES = Argument(
    "a list of texts",
    lambda value: isinstance(value, list) and bool(value) and all(map(_is_name, value)),
)
PAIRS = Argument(
    "an object that maps texts to texts",
    lambda value: isinstance(value, dict) and bool(value) and all(map(_is_name, value.values())),
)
OBJECT = Argument("an object", lambda value: isinstance(value, dict))


def _is_name(value: Any) -> bool:
    return isinstance(value, str)


def as_json(step: Mapping[str, Any]) -> dict[str, Any]:
    """``step`` as JSON brings it back; `SourceError` if it is no JSON object."""
    try:
        stored: dict[str, Any] = json.loads(json.dumps(dict(step), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise SourceError(
            f"the step {step!r} cannot be stored as JSON: {error}",
            "a step is an object such as {'step': 'select', 'columns': ['a']}",
        ) from error
    return stored


def check(name: str, arguments: Mapping[str, Any], known: Mapping[str, Argument]) -> None:
    """`SourceError` if an argument of the step ``name`` is unknown, missing or of another kind."""
    hint = f"{name} takes {', '.join(f'{key} ({each.description})' for key, each in known.items())}"
    for key, value in arguments.items():
        if key not in known:
            raise SourceError(f"the step {name!r} has no argument {key!r}{near(key, known)}", hint)
        if not known[key].holds(value):
            raise SourceError(
                f"{key} of the step {name!r} is {value!r}, not {known[key].description}", hint
            )
    for key, each in known.items():
        if each.needed and key not in arguments:
            raise SourceError(f"the step {name!r} lacks its argument {key!r}", hint)
