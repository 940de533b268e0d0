"""The git remote that a run's code is recorded with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from mlsnap.lineage import git

_SCHEMES = {"http", "https", "ssh", "git", "file"}
_WEB = {"http", "https"}
_SCP_LIKE = re.compile(r"(?:[\w.+-]+@)?[A-Za-z0-9][\w.-]*:(?!:|//).+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")


@dataclass(frozen=True, slots=True)
class Remote:
    """A configured remote: its name, its URL without credentials, and the other remotes' names."""

    name: str
    url: str
    others: tuple[str, ...]


def find(root: Path, branch: str | None) -> Remote | None:
    """The remote that ``branch`` follows, else ``origin``, else the first that is usable."""
    settings = _settings(root)
    names = [key[len("remote.") : -len(".url")] for key in settings if key.endswith(".url")]
    followed = settings.get(f"branch.{branch}.remote")
    for name in [each for each in (followed, "origin", *names) if each in names]:
        url = git.maybe("remote", "get-url", "--", name, at=root)
        if url and is_safe(url := _absolute(without_credentials(url), root)):
            return Remote(name, url, tuple(each for each in names if each != name))
    return None


def _settings(root: Path) -> dict[str, str]:
    """What git was told of remotes, and of which of them branches follow."""
    wanted = r"^(remote\..*\.url|branch\..*\.remote)$"
    listed = git.maybe("config", "-z", "--get-regexp", wanted, at=root) or ""
    pairs = (entry.partition("\n") for entry in listed.split("\0")[:-1])
    return {key: value for key, _, value in pairs}


def branches(root: Path) -> list[tuple[str, str]]:
    """Commit and name of every branch that a remote was last seen with."""
    listed = git.text("for-each-ref", "--format=%(objectname) %(refname)", "refs/remotes", at=root)
    return [(line[: line.index(" ")], line[line.index(" ") + 1 :]) for line in listed.splitlines()]


def known_commits(remote: Remote | None, seen: list[tuple[str, str]]) -> list[str]:
    """Commits the remote was last ``seen`` with: all branches but those of other remotes."""
    if remote is None:
        return []
    others = tuple(f"refs/remotes/{name}/" for name in remote.others)
    return sorted({commit for commit, ref in seen if not ref.startswith(others)})


def is_safe(url: str) -> bool:
    """Whether git takes ``url`` for a place, and never for an option or a command.

    >>> is_safe("git@github.com:me/project.git"), is_safe("https://github.com/me/project")
    (True, True)
    >>> is_safe("ext::sh -c id"), is_safe("--upload-pack=id"), is_safe("ssh://-oProxyCommand=id/x")
    (False, False, False)
    """
    if url.startswith("-") or _UNPRINTABLE.search(url):
        return False
    if "://" in url:
        parts = _split(url)
        return parts is not None and parts.scheme in _SCHEMES and not _is_option(parts.netloc)
    return Path(url).is_absolute() or _SCP_LIKE.fullmatch(url) is not None


def without_credentials(url: str) -> str:
    """``url`` without password, token, query and fragment; an SSH user name stays.

    >>> without_credentials("https://me:secret@example.org/project.git?token=1")
    'https://example.org/project.git'
    >>> without_credentials("ssh://git:secret@example.org/project.git")
    'ssh://git@example.org/project.git'
    """
    parts = _split(url) if "://" in url else None
    if parts is None:
        return url
    user, at, host = parts.netloc.rpartition("@")
    kept = "" if parts.scheme in _WEB else user.partition(":")[0] + at
    query, fragment = (parts.query, parts.fragment) if parts.scheme == "file" else ("", "")
    return urlunsplit((parts.scheme, kept + host, parts.path, query, fragment))


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_option(netloc: str) -> bool:
    netloc = unquote(netloc)
    return netloc.startswith("-") or netloc.rpartition("@")[2].startswith("-")


def _absolute(url: str, root: Path) -> str:
    is_path = "://" not in url and not _SCP_LIKE.fullmatch(url) and "::" not in url
    return str((root / url).resolve()) if is_path and not url.startswith("-") else url
