"""What is installed beside the running Python, and where it came from."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlsnap.lineage.remote import without_credentials

_KEPT = ("url", "subdirectory", "dir_info", "archive_info", "vcs_info")
_HEAD = 200
"""Lines at the start of a package's metadata that its name and version are among."""


def packages() -> dict[str, str]:
    """Version of each installed distribution, by its normalised name."""
    return {name: version for name, (version, _) in _distributions().items()}


def origins(root: Path | None) -> dict[str, dict[str, Any]]:
    """Where distributions came from that came from no index, as their ``direct_url.json`` says.

    URLs have no credentials. A folder below ``root`` is told relative to it, as ``folder``.
    """
    return {
        name: _placed(origin, root)
        for name, (_, origin) in _distributions().items()
        if origin is not None
    }


@cache
def conda() -> tuple[str, ...]:
    """Packages of the conda environment that this Python is of, as ``name-version-build``."""
    return tuple(sorted(file.stem for file in Path(sys.prefix, "conda-meta").glob("*.json")))


@cache
def _distributions() -> dict[str, tuple[str, dict[str, Any] | None]]:
    """Version and origin by name; the first on ``sys.path`` is the one that is imported."""
    found: dict[str, tuple[str, dict[str, Any] | None]] = {}
    for distribution in distributions():
        head = _head(distribution)
        if "Name" in head and "Version" in head:
            name = normalised(head["Name"])
            if name not in found:
                found[name] = head["Version"], _origin(distribution)
    return dict(sorted(found.items()))


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503).

    >>> normalised("Typing_Extensions")
    'typing-extensions'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _head(distribution: Distribution) -> dict[str, str]:
    """The first headers of the metadata; parsing whole mails of readme texts takes ten times."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    headers = text.partition("\n\n")[0].split("\n", _HEAD)[:_HEAD]
    pairs = (line.partition(":") for line in headers if not line.startswith((" ", "\t")))
    found: dict[str, str] = {}
    for name, colon, value in pairs:
        if colon:
            found.setdefault(name, value.strip())
    return found


def _origin(distribution: Distribution) -> dict[str, Any] | None:
    try:
        stored = json.loads(distribution.read_text("direct_url.json") or "null")
    except ValueError:
        return None
    if not isinstance(stored, dict) or not isinstance(stored.get("url"), str):
        return None
    kept = {key: stored[key] for key in _KEPT if key in stored}
    return {**kept, "url": without_credentials(stored["url"])}


def _placed(origin: dict[str, Any], root: Path | None) -> dict[str, Any]:
    parts = urlsplit(origin["url"])
    if root is None or parts.scheme != "file" or "dir_info" not in origin:
        return dict(origin)
    folder = Path(unquote(parts.path)).resolve()
    if not folder.is_relative_to(root):
        return dict(origin)
    return {"folder": folder.relative_to(root).as_posix(), "dir_info": origin["dir_info"]}
