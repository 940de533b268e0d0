"""Texts of the user's as every database of MLflow takes them."""

from __future__ import annotations


def storable(text: str, limit: int) -> str:
    """``text`` of ``limit`` characters at most, its end marked with ``…`` where it is cut.

    PostgreSQL takes no NUL character and UTF-8 has no half of a surrogate pair: they are written
    as their numbers.

    >>> storable("nul" + chr(0), 100), storable("abcdef", 4)
    ('nul\\\\x00', 'abc…')
    """
    plain = text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
