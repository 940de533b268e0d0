"""The packages of an environment as lines that an installer takes, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import git, remote
from mlsnap.lineage.environment_differences import OWN
from mlsnap.values.lineage import Environment

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE | re.ASCII)
_VERSION = re.compile(
    r"v?(\d+!)?\d+(\.\d+)*[-_.]?((a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*)?"
    r"(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?([-_.]?dev[-_.]?\d*)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?",
    re.IGNORECASE | re.ASCII,
)
"""A version as PEP 440 has it, appendix B."""

_ODD_VERSION = re.compile(r"[a-z0-9][\w.+!-]*", re.IGNORECASE | re.ASCII)
_URL = re.compile(r"[!-~]+")
_FOLDER = re.compile(r"[\w-][\w./-]*", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Lock:
    """What can be installed again, and what cannot.

    Attributes
    ----------
    requirements
        A line each, as a ``requirements.txt`` has them.
    unlocked
        Packages that are left out, each with why, a sentence.
    """

    requirements: tuple[str, ...]
    unlocked: tuple[str, ...] = ()

    def text(self) -> str:
        """The lines of a ``requirements.txt``; what is left out stands in its comments."""
        return "".join(
            f"{line}\n" for line in (*(f"# {each}" for each in self.unlocked), *self.requirements)
        )

    def without_local(self, name: str) -> Lock:
        """The lock with the public version of a package: ``2.0`` for ``2.0+cpu``."""
        begin = f"{name}=="
        lines = (
            line.partition("+")[0] if line.startswith(begin) else line for line in self.requirements
        )
        return Lock(tuple(lines), self.unlocked)


def requirements(environment: Environment) -> Lock:
    """The lock of an environment; mlsnap, pip, uv and the code's own packages are no part of it.

    Raises
    ------
    NotReproducibleError
        If a name, version or URL of the record is none, and could be taken for an option.
    """
    lines, unlocked = [], []
    for name, version in sorted(environment.packages.items()):
        origin = environment.origins.get(name, {})
        _check(name, version)
        if name in OWN or "folder" in origin:
            continue
        line, why = _line(name, version, origin)
        if line:
            lines.append(line)
        if why:
            unlocked.append(f"{name} {version} cannot be locked: {why}")
    return Lock(tuple(lines), (*unlocked, *_of_conda(environment)))


def _check(name: str, version: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _refused("package name", name)
    if not isinstance(version, str) or not _ODD_VERSION.fullmatch(version):
        raise _refused(f"version of {name}", version)


def _line(name: str, version: str, origin: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The line of a package, or why it has none."""
    if "vcs_info" in origin:
        return _of_repository(name, origin)
    if "archive_info" in origin:
        return _of_archive(name, origin)
    if "dir_info" in origin:
        kind = "an editable folder" if _is_editable(origin) else "a folder"
        return None, f"it was installed from {kind}, {_shown(origin.get('url'))}"
    if not _VERSION.fullmatch(version):
        return None, "its version is none that an index has"
    return f"{name}=={version}", None


def _of_repository(name: str, origin: Mapping[str, Any]) -> tuple[str | None, str | None]:
    vcs, url = origin["vcs_info"], origin.get("url")
    kind = vcs.get("vcs") if isinstance(vcs, Mapping) else None
    if kind != "git":
        return None, f"it came from a repository of {_shown(kind)}, not of git"
    commit, folder = vcs.get("commit_id"), origin.get("subdirectory")
    if not isinstance(url, str) or not remote.is_safe(url) or not _is_web(url):
        raise _refused(f"repository of {name}", url)
    if not isinstance(commit, str) or not git.is_object_id(commit):
        raise _refused(f"commit of {name}", commit)
    if folder and (not _FOLDER.fullmatch(str(folder)) or ".." in str(folder)):
        raise _refused(f"folder of {name} in its repository", folder)
    return f"{name} @ git+{url}@{commit}" + (f"#subdirectory={folder}" if folder else ""), None


def _of_archive(name: str, origin: Mapping[str, Any]) -> tuple[str | None, str | None]:
    url = origin.get("url")
    if not isinstance(url, str) or not _is_web(url):
        raise _refused(f"archive of {name}", url)
    digest = _sha256(origin["archive_info"])
    parts = urlsplit(url)
    if parts.scheme == "file" and not (digest and Path(unquote(parts.path)).is_file()):
        return None, f"it was installed from a file that is not here, {url}"
    return f"{name} @ {url}" + (f"#sha256={digest}" if digest else ""), None


def _is_web(url: str) -> bool:
    """Whether an installer takes all of ``url`` for a place: no option, marker or second line."""
    if not _URL.fullmatch(url) or any(sign in url for sign in ";#\\$`{}"):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    known = parts.scheme in ("http", "https", "ssh", "git", "file")
    return known and not parts.netloc.startswith("-") and "::" not in url


def _sha256(archive: object) -> str | None:
    hashes = archive.get("hashes") if isinstance(archive, Mapping) else None
    found = hashes.get("sha256") if isinstance(hashes, Mapping) else None
    return found if isinstance(found, str) and _HASH.fullmatch(found) else None


def _is_editable(origin: Mapping[str, Any]) -> bool:
    info = origin.get("dir_info")
    return isinstance(info, Mapping) and info.get("editable") is True


def _of_conda(environment: Environment) -> tuple[str, ...]:
    """Conda's packages that are none of Python's: no index has them."""
    names = [each.rsplit("-", 2)[0] for each in environment.conda if each.count("-") >= 2]
    only = [each for each in names if each.lower() not in {*environment.packages, "python"}]
    if not only:
        return ()
    shown = ", ".join(_shown(each) for each in only[:5]) + (
        f" and {len(only) - 5} more" if len(only) > 5 else ""
    )
    return (f"what only conda has cannot be locked: {shown}",)


def _shown(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else repr(text)


def _refused(what: str, value: object) -> NotReproducibleError:
    return NotReproducibleError(
        f"the run records {value!r} as {what}, which is none",
        "the record was changed by hand: do not run it; `--env current` uses this environment",
    )
