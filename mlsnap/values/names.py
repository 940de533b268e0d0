"""Names of datasets, snapshots and contexts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from mlsnap.errors import InvalidNameError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def is_name(text: str) -> bool:
    """Whether ``text`` can name a dataset."""
    return _NAME.fullmatch(text) is not None


def check_name(name: str, what: str) -> str:
    """``name`` itself if it can name a ``what`` (dataset, snapshot, …).

    Raises
    ------
    InvalidNameError
        If ``name`` has other characters than letters, digits, ``_``, ``.`` and ``-``, does not
        begin with a letter or digit, is empty, or has more than 100 characters.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    shown = repr(name) if len(repr(name)) <= 60 else repr(name)[:57] + "…"
    raise InvalidNameError(
        f"{shown} cannot name a {what}",
        "use 1 to 100 of the characters A-Z a-z 0-9 _ . - , a letter or digit first",
    )


def check_snapshot_name(name: str) -> str:
    """``name`` itself if it can name a snapshot; `InvalidNameError` also for ``latest``."""
    if check_name(name, "snapshot") == "latest":
        raise InvalidNameError(
            f"{name!r} cannot name a snapshot: it means the newest one", "choose another name"
        )
    return name


def slugs(texts: Iterable[str]) -> dict[str, str]:
    """A `slug` of each of different texts, no two of them the same."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for text in texts:
        own = slug(text)
        found[text] = own if own not in taken else f"{own}-{_hex(text)[:32]}"
        taken.add(found[text])
    return found


def slug(text: str) -> str:
    """A name made of ``text``: itself where it is one, else its legal part plus 6 hex digits.

    Two different texts keep different slugs (up to a collision of 24 bits of SHA-256).
    """
    if _NAME.fullmatch(text):
        return text
    legal = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.-")[:80]
    return f"{legal or 'x'}-{_hex(text)[:6]}"


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
