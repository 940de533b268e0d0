"""Arguments that are given another value than the recorded one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from mlsnap.errors import ConfigError, near
from mlsnap.lineage import secrets_in
from mlsnap.services import command_lines
from mlsnap.values.lineage import Call
from mlsnap.values.reproduction import Manner, Source

_TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def check(calls: Sequence[Call], params: Mapping[str, str]) -> None:
    """`ConfigError` if no call has a parameter of a name in ``params``."""
    known = dict.fromkeys(name for call in calls for name in _names(call))
    for name in params:
        if name not in known:
            raise ConfigError(
                f"the recorded calls have no parameter {name!r}{near(name, known)}",
                f"their parameters are {', '.join(known) or 'none'}",
            )


def missing(calls: Sequence[Call], params: Mapping[str, str]) -> Iterator[str]:
    """Why arguments that were not stored, and are not among ``params``, stand in the way."""
    for call in calls:
        for name, why in call.unstored.items():
            if name not in params:
                yield f"argument {name!r}: {why}; give it with --param {name}=VALUE"


def parsed(text: str, like: Any, name: str) -> Any:
    """``text`` as a value of the type of ``like``, the recorded one.

    JSON where that is a collection, or there is no recorded one; what is no JSON is a text then.

    >>> parsed("2", 1, "seed"), parsed("2", 0.5, "rate"), parsed("2", "1", "name")
    (2, 2.0, '2')

    Raises
    ------
    ConfigError
        If ``text`` is no such value.
    """
    try:
        if isinstance(like, bool):
            return _TRUTH[text.lower()]
        if isinstance(like, Enum):
            return type(like)[text]
        if isinstance(like, int | float | str | Path):
            return type(like)(text)
        return _json(text, like)
    except (KeyError, ValueError, TypeError) as error:
        kind = type(like).__name__
        raise ConfigError(
            f"{name}={text!r} is no {kind}, which the recorded argument is",
            f"give {name} a value such as {like!r}",
        ) from error


def lines(manner: Manner) -> tuple[str, ...]:
    """What is not as the run recorded it, for people to read: ``seed=2``, ``code as it is now``."""
    current = {"code": manner.code, "data": manner.data}
    return (
        *(f"{name}={_shown(name, value)}" for name, value in manner.params.items()),
        *(f"{what} as it is now" for what, of in current.items() if of is Source.CURRENT),
    )


def _shown(name: str, value: str) -> str:
    return "(a secret)" if secrets_in.found(name, value) else value


def _names(call: Call) -> Iterator[str]:
    if call.entry.is_script:
        words = command_lines.words_of(_words(call))
        yield from (word.option for word in words if word.option)
    else:
        yield from call.arguments
        yield from call.unstored


def _words(call: Call) -> list[str]:
    argv = call.arguments.get("argv", {}).get("value", [])
    return [word for word in argv if isinstance(word, str)]


def _json(text: str, like: Any) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        if like is None:
            return text
        raise
    return value if like is None else type(like)(value)
