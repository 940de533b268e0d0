"""Whose runs may be made again, where the setting ``trusted`` names some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from mlsnap.errors import NotReproducibleError

_SCP_LIKE = re.compile(r"(?:[^@/]+@)?([A-Za-z0-9][\w.-]*):(?!//)(.*)")


def check(places: Sequence[str], trusted: Sequence[str]) -> None:
    """Refuse tracking servers and repositories that no entry of ``trusted`` covers.

    An entry is a URL, ``host`` or ``host/path``, or a folder; it covers what lies below it. An
    empty list covers everything.

    Raises
    ------
    NotReproducibleError
        With the first place that is not covered.
    """
    covering = [_parts(each) for each in trusted]
    for place in places:
        if covering and not any(_covers(each, _parts(place)) for each in covering):
            raise NotReproducibleError(
                f"{place} is not among the places whose code may be run here: {', '.join(trusted)}",
                "add it to the setting `trusted` if you trust who writes there",
            )


def _covers(entry: tuple[str, ...], place: tuple[str, ...]) -> bool:
    return ".." not in place and place[: len(entry)] == entry


def _parts(place: str) -> tuple[str, ...]:
    """Host, and the names on the path, whichever way an address is written.

    >>> _parts("git@example.org:me/project.git") == _parts("https://example.org/me/project")
    True
    """
    if "://" in place:
        parts = urlsplit(place)
        host, path = parts.hostname or "", parts.path
    elif found := _SCP_LIKE.fullmatch(place):
        host, path = found[1].lower(), found[2]
    elif place.startswith("/"):
        host, path = "", place
    else:
        host, _, path = place.partition("/")
    names = [name for name in path.removesuffix(".git").split("/") if name]
    return (host.lower(), *names)
