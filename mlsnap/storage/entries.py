"""Files of a remote as it lists them, whatever kind of remote it is."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_UNFINISHED = re.compile(r"(.*/)?\.[^/]*\.tmp")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "modified", "modificationTime")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a remote.

    Attributes
    ----------
    path
        Where it is in the remote's file system.
    size
        Its bytes.
    modified
        When it was written by the remote's own clock, in seconds since 1970; ``None`` where the
        remote does not say.
    etag
        What S3 calls its entity tag, without the quotes.
    """

    path: str
    size: int
    modified: float | None = None
    etag: str | None = None


def entry_of(path: str, info: dict[str, Any]) -> Entry:
    """A file of which a file system of fsspec says ``info``."""
    etag = info.get("ETag")
    return Entry(
        path,
        int(info.get("size") or 0),
        next((when for name in _TIMES if (when := _seconds(info.get(name))) is not None), None),
        etag.strip('"') if isinstance(etag, str) else None,
    )


def unfinished_name() -> str:
    """A new name for a file that is not written to its end."""
    return f".{secrets.token_hex(8)}.tmp"


def is_unfinished(name: str) -> bool:
    """Whether the name, or path, is one that `unfinished_name` gave."""
    return _UNFINISHED.fullmatch(name) is not None


def _seconds(when: object) -> float | None:
    """A time as the file systems of fsspec give it, in seconds since 1970."""
    if isinstance(when, str) and when:
        with suppress(ValueError):
            when = datetime.fromisoformat(when)
    if isinstance(when, str) and when:
        with suppress(ValueError):
            when = parsedate_to_datetime(when)
    if isinstance(when, datetime):
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if isinstance(when, int | float):
        return when / 1000 if when > 1e11 else float(when)
    return None
