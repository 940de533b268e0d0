"""Whose runs may be made again, where the setting ``trusted`` names some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from mlsnap.errors import NotReproducibleError

_SCP_LIKE = re.compile(r"(?:[^@/:]+@)?([A-Za-z0-9][\w.-]*):(?!//)(.*)")
_HOST_AND_PORT = re.compile(r"([^/:@]+):(\d{1,5})(/.*)?")
_AMBIGUOUS = re.compile(r"[\\\x00-\x1f\x7f]|^\s|\s$")
"""What programs read in different ways in an address."""

_PORTS = {"http": 80, "https": 443}
_PLAIN = ("http", "git")
"""Ways on which anybody may change what comes."""


@dataclass(frozen=True, slots=True)
class _Address:
    """A place: its host, empty for this machine, and the names on the path."""

    host: str
    names: tuple[str, ...]
    scheme: str | None = None
    port: int | None = None


def check(places: Sequence[str], trusted: Sequence[str]) -> None:
    """Refuse places of code that no entry of ``trusted`` covers.

    An entry is a URL, ``host``, ``host:port`` or ``host/path``, or a folder; it covers what lies
    below it. One that names a port, or ``https``, covers no other port, and nothing that comes
    unencrypted. An empty list covers everything.

    Raises
    ------
    NotReproducibleError
        With the first place that is not covered.
    """
    covering = [_entry(each) for each in trusted]
    for place in places:
        if covering and not any(_covers(each, _address(place)) for each in covering):
            raise NotReproducibleError(
                f"{place} is not among the places whose code may be run here: {', '.join(trusted)}",
                "add it to the setting `trusted` if you trust who writes there",
            )


def _covers(entry: _Address | None, place: _Address | None) -> bool:
    if entry is None or place is None:
        return False
    below = place.names[: len(entry.names)] == entry.names
    return entry.host == place.host and below and _is_same_way(entry, place)


def _is_same_way(entry: _Address, place: _Address) -> bool:
    if entry.scheme and place.scheme in _PLAIN and place.scheme != entry.scheme:
        return False
    if entry.port is None and not (entry.scheme in _PORTS and place.scheme in _PORTS):
        return True
    return _port(entry) == _port(place)


def _port(address: _Address) -> int | None:
    return address.port or _PORTS.get(address.scheme or "")


def _entry(text: str) -> _Address | None:
    """What an entry of the setting covers; ``None`` if it names nothing."""
    text = text.strip()
    if found := _HOST_AND_PORT.fullmatch(text):
        return _known(found[1], found[3] or "", port=int(found[2]))
    return _address(text) if text else None


def _address(place: str) -> _Address | None:
    """A place, whichever way it is written; ``None`` if it may be read in more than one way.

    >>> _address("git@example.org:me/project.git").names
    ('me', 'project')
    """
    if _AMBIGUOUS.search(place):
        return None
    if "://" in place:
        try:
            parts = urlsplit(place)
            return _known(parts.hostname or "", parts.path, parts.scheme, parts.port)
        except ValueError:
            return None
    if found := _SCP_LIKE.fullmatch(place):
        return _known(found[1], found[2], "ssh")
    if place.startswith("/"):
        return _known("", place)
    host, _, path = place.partition("/")
    return _known(host, path)


def _known(
    host: str, path: str, scheme: str | None = None, port: int | None = None
) -> _Address | None:
    names = tuple(name for name in path.removesuffix(".git").split("/") if name)
    if any(_leads_elsewhere(name) for name in names):
        return None
    return _Address(host.lower(), names, scheme, port)


def _leads_elsewhere(name: str) -> bool:
    """Whether a name on a path is a step up, for a program that takes escapes for what they say."""
    read = unquote(unquote(name))
    return read in (".", "..") or "/" in read or "\\" in read
