"""What `mlsnap doctor` looks at, one function a check."""

from __future__ import annotations

import hashlib
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import mlsnap
from mlsnap import settings
from mlsnap.errors import MlsnapError, RemoteError
from mlsnap.lineage import code, git
from mlsnap.services.remotes import configured_remote
from mlsnap.settings import Loaded, Settings
from mlsnap.storage.objects import object_size, put_bytes, remove_object
from mlsnap.tracking.addresses import safe_uri
from mlsnap.tracking.catalog import Catalog
from mlsnap.tracking.server import connect, tracking_uri

_PACKAGES = ("mlflow", "dvc", "pandas", "pyarrow")


class State(StrEnum):
    """What came of a check."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: how it stands, what was found, and how to mend it."""

    name: str
    state: State
    found: str
    mend: str = ""


def checkup(start: Path) -> list[Check]:
    """All checks for the project that ``start`` lies in; none raises."""
    checks = [*_versions()]
    try:
        loaded = settings.load(start)
        checks.append(_settings(loaded))
    except MlsnapError as error:
        checks.append(_problem("settings", error))
        loaded = Loaded(Settings(), {}, start)
    return [*checks, *_mlflow(loaded), _remote(loaded), _git(start), _uv()]


def _versions() -> Iterator[Check]:
    try:
        distribution = metadata.distribution("mlsnap")
    except metadata.PackageNotFoundError:
        mend = "install it: pip install mlsnap"
        yield Check("mlsnap", State.WARNING, f"{mlsnap.__version__}, not installed", mend)
        return
    needed = dict(_minimum(each) for each in distribution.requires or ())
    yield Check("mlsnap", State.OK, mlsnap.__version__)
    python = distribution.metadata["Requires-Python"] or ""
    yield _version("python", platform.python_version(), python.removeprefix(">="))
    for name in _PACKAGES:
        yield _version(name, _installed(name), needed.get(name, ""))


def _minimum(requirement: str) -> tuple[str, str]:
    """Name and lowest version of a requirement such as ``pandas>=2.2``."""
    found = re.match(r"([\w.-]+)[^>;]*(?:>=\s*([\d.]+))?", requirement)
    return (found[1], found[2] or "") if found else (requirement, "")


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _version(name: str, installed: str | None, minimum: str) -> Check:
    mend = f"install {name} {minimum} or newer"
    if installed is None:
        return Check(name, State.PROBLEM, "not installed", mend)
    if _numbers(installed) < _numbers(minimum):
        return Check(name, State.PROBLEM, f"{installed}, older than {minimum}", mend)
    return Check(name, State.OK, installed)


def _numbers(version: str) -> tuple[int, ...]:
    released = re.match(r"[\d.]*", version)
    return tuple(int(each) for each in (released[0] if released else "").split(".") if each)


def _settings(loaded: Loaded) -> Check:
    files = {origin for origin in loaded.origins.values() if not origin.startswith(settings.PREFIX)}
    return Check("settings", State.OK, ", ".join(sorted(files)) or "defaults")


def _mlflow(loaded: Loaded) -> Iterator[Check]:
    uri = tracking_uri(loaded.settings.tracking_uri)
    if _is_new(uri):
        yield Check("MLflow", State.OK, f"{uri}, made at its first use")
        return
    started = time.monotonic()
    try:
        client = connect(uri)
        took = f"{safe_uri(uri)}, in {(time.monotonic() - started) * 1000:.0f} ms"
        yield Check("MLflow", State.OK, took)
    except MlsnapError as error:
        yield _problem("MLflow", error)
        return
    yield _catalog(Catalog(client))


def _is_new(uri: str) -> bool:
    return uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).exists()


def _catalog(catalog: Catalog) -> Check:
    try:
        count = len(catalog.search())
    except MlsnapError as error:
        return _problem("catalog", error)
    return Check("catalog", State.OK, f"{count} dataset{'' if count == 1 else 's'}")


def _remote(loaded: Loaded) -> Check:
    """Write an object, look at it, remove it."""
    content = secrets.token_bytes(16)
    oid = hashlib.md5(content, usedforsecurity=False).hexdigest()
    try:
        remote = configured_remote(loaded.settings, loaded.project)
        put_bytes(remote, oid, content)
        stored = object_size(remote, oid)
        remove_object(remote, oid)
        if stored != len(content):
            raise RemoteError(
                f"{remote.url} does not hold what was written to it", "choose another remote"
            )
    except MlsnapError as error:
        return _problem("DVC remote", error)
    named = f" ({remote.name!r} of the DVC config)" if remote.name else ""
    return Check("DVC remote", State.OK, f"{remote.url}{named}, writable")


def _git(start: Path) -> Check:
    if shutil.which("git") is None:
        return Check("git", State.PROBLEM, "not installed", "install git 2.31 or newer")
    version = (git.maybe("--version", at=start) or "git").removeprefix("git version ")
    root = code.find_root(start)
    if root is None:
        mend = "runs cannot be made again without their code: git init, and commit"
        return Check("git", State.WARNING, f"{version}, but {start} is in no repository", mend)
    return Check("git", State.OK, f"{version}, repository {root}")


def _uv() -> Check:
    found = shutil.which("uv")
    if found is None:
        mend = "isolated reproductions will need it: pip install uv"
        return Check("uv", State.WARNING, "not installed", mend)
    return Check("uv", State.OK, found)


def _problem(name: str, error: MlsnapError) -> Check:
    return Check(name, State.PROBLEM, error.fact, error.hint)
