"""Arguments that look like secrets: they are neither logged nor stored."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from mlsnap.lineage import leaks

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_ENDS = {
    *("password", "passwd", "pwd", "passphrase", "secret", "apikey", "credential", "credentials"),
    *("api key", "access key", "private key", "secret key", "auth token", "access token"),
    *("api token", "bearer token", "refresh token", "hf token", "github token", "gitlab token"),
}
_WHOLE = {"token"}
"""Names that only by themselves say it: `pad_token` is none."""

_WITH_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/\s:@]*:[^/\s@]+@")
_SIGNED = re.compile(
    r"[a-z][a-z0-9+.\-]*://[^\s?]*\?(?:\S*&)?"
    r"(?:sig|(?:[\w-]*[_-])?(?:signature|token|password|secret|api[_-]?key))=[^&\s]",
    re.IGNORECASE,
)
"""An address that opens what it names to whoever has it."""

_DEPTH = 5


def is_named_so(name: str) -> bool:
    """Whether a name says that it is a secret, by its last words.

    >>> is_named_so("db_password"), is_named_so("openaiApiKey"), is_named_so("max_tokens")
    (True, True, False)
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    ends = {" ".join(words[-1:]), " ".join(words[-2:])}
    return " ".join(words) in _WHOLE or not ends.isdisjoint(_ENDS)


def found(name: str, value: Any) -> str | None:
    """Why the argument is not stored: it is a secret, or holds one; ``None`` if it does not."""
    place = next(_places(name, value, 0), None)
    if place is None:
        return None
    return "it looks like a secret" if place == name else f"{place!r} in it looks like a secret"


def _places(name: str, value: Any, depth: int) -> Iterator[str]:
    """The names under which secrets are."""
    if isinstance(value, str | bytes):
        if value and (is_named_so(name) or _is_one(value)):
            yield name
    elif depth < _DEPTH:
        for key, each in _parts(value):
            yield from _places(key or name, each, depth + 1)


def _is_one(value: str | bytes) -> bool:
    """Whether a value tells by itself that it is a secret, or holds one."""
    if isinstance(value, bytes):
        return leaks.has_token(value)
    is_address = _WITH_PASSWORD.match(value) or _SIGNED.match(value)
    return bool(is_address) or leaks.has_token(value.encode(errors="replace"))


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What is in a value, by its name; lists have no names of their own."""
    if isinstance(value, dict):
        yield from ((key, each) for key, each in value.items() if isinstance(key, str))
    elif isinstance(value, list | set | frozenset) or type(value) is tuple:
        yield from (("", each) for each in value)
    elif isinstance(value, tuple):
        yield from zip(getattr(value, "_fields", ()), value, strict=False)
    elif not isinstance(value, type) and (names := _fields(value)):
        yield from ((each, getattr(value, each, None)) for each in names)


def _fields(value: Any) -> list[str]:
    if dataclasses.is_dataclass(value):
        return [each.name for each in dataclasses.fields(value)]
    if type(value).__module__ in ("argparse", "types") or hasattr(type(value), "model_fields"):
        return list(getattr(value, "__dict__", ()))
    return []
