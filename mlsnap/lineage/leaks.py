"""Likely secrets in code that a run stores: where they stand, never what they are."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

LIMIT = 20
"""Places that are named."""

SCANNED = 1_000_000
"""Bytes that are looked at in all."""

_LONGEST = 4_000
"""Bytes up to which a line is looked at: longer ones are data."""

_HINT = re.compile(
    rb"-----BEGIN|AKIA|ASIA|gh[pousr]_|_pat_|glpat|xox|hooks\.slack|sk-|AIza|ya29|GOCSPX|hf_|k_live_"
    rb"|dapi|pypi-|eyJ|://|[Pp][Aa][Ss][Ss]|[Pp][Ww][Dd]|[Ss][Ee][Cc][Rr]|[Tt][Oo][Kk][Ee]|[Kk][Ee][Yy]"
)
"""What every likely secret has in its line, quick to look for."""

_TOKENS = re.compile(
    rb"""
    -----BEGIN\ (?:[A-Z0-9]+\ )*PRIVATE\ KEY(?:\ BLOCK)?-----(?=\s*$|\\[nr])
    | (?<![A-Za-z0-9])(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}(?![A-Za-z0-9])
    | \bgh[pousr]_[A-Za-z0-9]{36,}
    | \bgithub_pat_[A-Za-z0-9_]{60,}
    | \bglpat-[A-Za-z0-9_-]{20,}
    | \bxox[abeprs]-[0-9]+-[A-Za-z0-9-]{10,}
    | hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}
    | \bsk-(?:proj-|svcacct-|ant-)?(?=[A-Za-z_-]*[0-9])(?=[0-9a-z_-]*[A-Z])[A-Za-z0-9_-]{32,}
    | \bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])
    | \bya29\.[0-9A-Za-z_-]{30,}
    | \bGOCSPX-[0-9A-Za-z_-]{28}
    | \bhf_[A-Za-z]{30,}(?![A-Za-z0-9_])
    | \b[sr]k_live_[0-9A-Za-z]{20,}
    | \bdapi[0-9a-f]{32}\b
    | \bpypi-AgEI[0-9A-Za-z_-]{50,}
    | \bAccountKey=[A-Za-z0-9+/]{86}==
    | \beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
    """,
    re.VERBOSE,
)
_URL = re.compile(rb"://[^\s/:@\"'<>]*:(?P<value>[^\s/@\"'<>]{3,})@[\w.-]+", re.I)
_NAME = (
    rb"(?P<name>(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key"
    rb"|secret[_-]?key|account[_-]?key|auth[_-]?key))"
)
_QUOTED = re.compile(
    _NAME + rb"[\"']?(?:\s*\])?\s*(?::[ ]*\w+\s*)?(?:=|:)\s*[rbu]?([\"'])(?P<value>[^\"'\s]{8,})\2",
    re.I,
)
_BARE = re.compile(
    rb"^\s*(?:export\s+)?" + rb"[\w.-]*" + _NAME + rb"\s*[=:]\s*(?P<value>[^\"'\s#]{8,})\s*$", re.I
)
_BARE_FILES = (".cfg", ".conf", ".env", ".ini", ".properties", ".sh", ".toml", ".yaml", ".yml")
_PASSWORD = re.compile(rb"passw|passphrase|pwd", re.I)
_PLACEHOLDER = re.compile(
    rb"[<>{}$*\\()\[\]]|%s|\.\.\.|x{4}|example|change.?me|dummy|fake|mock|placeholder|sample|test"
    rb"|your|secret|passw|token|redacted|hunter2?$|^(?:none|null|true|false|undefined)$",
    re.I,
)
_WORDS = re.compile(rb"[a-z]+(?:[-_./:][a-z0-9]{1,12})*", re.I)
_HUNK = re.compile(rb"@@ -\S+ \+(\d+)")


def in_patch(patch: bytes, *, within: str = "") -> tuple[str, ...]:
    """Lines that a git patch adds and that look like secrets, as ``file:line``.

    ``within`` is what the patch has before each path.
    """
    return _first(_suspects(_added(patch, within)))


def in_files(files: Iterable[tuple[str, bytes]]) -> tuple[str, ...]:
    """Lines of files that look like secrets, as ``file:line``."""
    lines = (
        (name, number, line)
        for name, content in files
        for number, line in enumerate(content.split(b"\n"), 1)
    )
    return _first(_suspects(lines))


def has_token(text: bytes) -> bool:
    """Whether a value has the look that a service gives to its keys."""
    is_short = len(text) <= _LONGEST and _HINT.search(text)
    return bool(is_short and _TOKENS.search(text))


def looks_secret(line: bytes, *, bare: bool = False) -> bool:
    """Whether a line holds a likely secret; ``bare`` takes values without quotes for values too.

    >>> looks_secret(b'password = "%s"' % b"Tr0ub4dor&3"), looks_secret(b"password = getpass()")
    (True, False)
    """
    if len(line) > _LONGEST or not _HINT.search(line):
        return False
    if _TOKENS.search(line):
        return True
    if any(not _PLACEHOLDER.search(found["value"]) for found in _URL.finditer(line)):
        return True
    found = [*_QUOTED.finditer(line), *(_BARE.finditer(line) if bare else ())]
    return any(_is_real(each["name"], each["value"]) for each in found)


def _is_real(name: bytes, value: bytes) -> bool:
    """Whether a value is one that somebody was given, no word, name or placeholder."""
    if _PLACEHOLDER.search(value) or not re.search(rb"[0-9]", value):
        return False
    if not re.search(rb"[A-Za-z]", value) or value.count(b"/") > 1:
        return False
    if _PASSWORD.search(name):
        return True
    return len(value) >= 16 and not _WORDS.fullmatch(value) and _entropy(value) >= 3.0


def _entropy(value: bytes) -> float:
    """Bits a character, of how often each occurs (Shannon 1948)."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


def _suspects(lines: Iterable[tuple[str, int, bytes]]) -> Iterator[str]:
    """The places among the first bytes that there is time for."""
    left = SCANNED
    for file, number, line in lines:
        left -= len(line)
        if left < 0:
            return
        if looks_secret(line, bare=PurePosixPath(file).suffix in _BARE_FILES):
            yield f"{file}:{number}"


def _first(places: Iterator[str]) -> tuple[str, ...]:
    return tuple(place for place, _ in zip(places, range(LIMIT), strict=False))


def _added(patch: bytes, within: str) -> Iterator[tuple[str, int, bytes]]:
    """File, number and text of each added line."""
    file, number, in_hunk = "", 0, False
    for line in patch.split(b"\n"):
        if line.startswith(b"diff --git "):
            in_hunk = False
        elif not in_hunk and line.startswith(b"+++ "):
            file = _path(line[4:], within)
        elif hunk := _HUNK.match(line):
            number, in_hunk = int(hunk[1]), True
        elif in_hunk and line.startswith(b"+"):
            yield file, number, line[1:]
            number += 1
        elif in_hunk and line.startswith(b" "):
            number += 1


def _path(written: bytes, within: str) -> str:
    name = written.rstrip(b"\t\r").strip(b'"').decode("utf-8", errors="backslashreplace")
    return name.removeprefix("b/").removeprefix(within)
