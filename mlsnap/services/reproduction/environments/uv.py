"""uv as a program: environments made of a lock."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import indexes
from mlsnap.lineage.indexes import Indexes
from mlsnap.lineage.lock import Lock
from mlsnap.lineage.remote import without_credentials
from mlsnap.services.reproduction.environments.processes import Ended, run_shown
from mlsnap.values.lineage import Environment

USE_CURRENT = "pass `--env current` to use this environment instead"
MISSING = (
    "uv, which builds environments, is not installed: `pip install 'mlsnap[reproduce]'`, or pass "
    "`--env current` to use this environment"
)

_NOT_THERE = (
    re.compile(r"there (?:is|are) no versions? of ([\w.-]+)==([\w.+!-]+)"),
    re.compile(r"([\w.-]+)==([\w.+!-]+) (?:has no|could not|was not|needs to be)"),
    re.compile(r"([\w.-]+) was not found in the package registry()"),
    re.compile(r"(?:only the following versions of|all versions of) ([\w.-]+)()"),
)
_FRAME = re.compile(r"^[^\w`\"'-]+")
"""What uv draws before the lines of an error."""

_QUOTED_LINES = 12
_UNSET = {
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "UV_CONSTRAINT", "UV_OVERRIDE"),
    *("UV_EXCLUDE", "UV_REQUIRE_HASHES", "UV_EXCLUDE_NEWER", "UV_NO_BINARY", "UV_PYTHON"),
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
}
"""Variables that would make another environment of the same lock."""


def find() -> str | None:
    """The program: that of Python's package ``uv``, else one on ``PATH``."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def build(environment: Environment, lock: Lock, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Make a virtual environment in ``folder``; its Python, and how it differs from the lock.

    Indexes and find-links of this machine are asked first, then the recorded ones.

    Raises
    ------
    NotReproducibleError
        If there is no uv, no such Python, or a package cannot be had; the message names it.
    """
    program = find()
    if program is None:
        raise NotReproducibleError("uv is not installed", MISSING.partition(": ")[2])
    python, version = _make(program, environment, folder)
    other = [f"python {environment.python} -> {version}"] if version != environment.python else []
    return python, (*other, *_install(program, environment, lock, python))


def _make(program: str, environment: Environment, folder: Path) -> tuple[Path, str]:
    """An empty environment of the recorded Python; of its minor version if there is no such."""
    minor = ".".join(environment.python.split(".")[:2])
    tried = []
    for version in dict.fromkeys((environment.python, minor)):
        asked = _python(environment, version)
        command = [program, "venv", "--quiet", "--no-project", "--clear", "--python", asked]
        ended = run_shown(
            [*command, "--", str(folder / "venv")], at=folder, variables=_variables(), keep=True
        )
        if ended.code == 0:
            return _python_in(folder / "venv"), _version_of(folder / "venv")
        tried.append(_shortly(ended))
    raise NotReproducibleError(
        f"no Python {environment.python} for the isolated environment: {tried[0]}",
        f"install Python {minor}, or {USE_CURRENT}",
    )


def _python(environment: Environment, version: str) -> str:
    """How uv is asked for a Python: the running one by its file where it is the recorded one."""
    if not re.fullmatch(r"\d+(\.\d+){0,2}((a|b|rc)\d+)?\+?", version):
        raise NotReproducibleError(
            f"the run records {version!r} as the version of Python, which is none",
            "the record was changed by hand: do not run it",
        )
    name = environment.implementation.lower()
    if name not in _IMPLEMENTATIONS:
        raise NotReproducibleError(
            f"the run records {environment.implementation!r} as its Python, which uv cannot make",
            USE_CURRENT,
        )
    if is_running(environment) and version == environment.python:
        return os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    return f"{name}@{version.removesuffix('+')}"


_IMPLEMENTATIONS = ("cpython", "pypy", "graalpy")


def is_running(environment: Environment) -> bool:
    """Whether the recorded Python is this one."""
    here = ".".join(map(str, sys.version_info[:3]))
    return environment.python == here and environment.implementation.lower() == (
        sys.implementation.name
    )


def _python_in(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _version_of(folder: Path) -> str:
    lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines)
    return next(value.strip() for key, _, value in pairs if key.strip() == "version_info")


def _install(program: str, environment: Environment, lock: Lock, python: Path) -> Iterator[str]:
    """Install a lock; yields what differs from it.

    A version with a local suffix (``2.0+cpu``) that cannot be had becomes the public one.
    """
    file = python.parents[2] / "requirements.txt"
    options = list(_options(environment))
    while lock.requirements:
        file.write_text(lock.text(), encoding="utf-8")
        command = [program, "pip", "install", "--no-deps", "--python", str(python), *options]
        ended = run_shown(
            [*command, "--requirements", str(file)],
            at=file.parent,
            variables=_variables(),
            keep=True,
            hidden=" + ",
        )
        if ended.code == 0:
            return
        name, version = _not_there(ended, lock)
        if name is None or version is None or "+" not in version:
            raise _failed(ended, name, version)
        lock = lock.without_local(name)
        yield f"{name} {version} -> {version.partition('+')[0]}"


def _options(environment: Environment) -> Iterator[str]:
    own, further = indexes.configured(), foreign(environment)
    yield from ("--index-strategy", "unsafe-first-match", "--no-progress", "--color", "never")
    yield from _index_options(own, further)
    for place in dict.fromkeys((*own.find_links, *further.find_links)):
        yield f"--find-links={place}"
    for host in own.trusted_hosts:
        yield f"--allow-insecure-host={host}"


def foreign(environment: Environment) -> Indexes:
    """The recorded indexes and find-links that this machine was not told of, and would ask."""
    own, recorded = indexes.configured(), indexes.of_record(environment.indexes)
    known = {without_credentials(each) for each in (*own.urls, *own.find_links)}
    urls = () if own.no_index else tuple(_reachable(recorded.urls))
    links = (each for each in _reachable(recorded.find_links) if not (own.no_index and _far(each)))
    return Indexes(
        tuple(each for each in urls if each not in known),
        tuple(each for each in links if each not in known),
    )


def _far(place: str) -> bool:
    return "://" in place.removeprefix("file://")


def _index_options(own: Indexes, further: Indexes) -> Iterator[str]:
    """uv asks its default index last, so the last one is it."""
    if own.no_index:
        yield "--no-index"
        return
    *first, last = dict.fromkeys((*own.urls, *further.urls))
    yield from (f"--index={url}" for url in first)
    yield f"--default-index={last}"


def _reachable(places: tuple[str, ...]) -> Iterator[str]:
    """Recorded places but for folders that this machine has not."""
    for place in places:
        local = place.removeprefix("file://")
        if "://" in local or Path(local).exists():
            yield place


def _variables() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
    certificates = indexes.configured().certificates
    return {**({"SSL_CERT_FILE": certificates} if certificates else {}), **kept}


def _not_there(ended: Ended, lock: Lock) -> tuple[str | None, str | None]:
    """The package that uv could not find, and its version in the lock."""
    said = " ".join(ended.said.split())
    wanted = dict(line.split("==", 1) for line in lock.requirements if "==" in line)
    for pattern in _NOT_THERE:
        for found in pattern.finditer(said):
            if found[1] in wanted:
                return found[1], wanted[found[1]]
    return None, None


def _failed(ended: Ended, name: str | None, version: str | None) -> NotReproducibleError:
    if name is not None:
        return NotReproducibleError(
            f"{name} {version} can no longer be had from any index for this platform",
            f"name an index or folder that has it in pip's configuration, or {USE_CURRENT}",
        )
    return NotReproducibleError(
        f"the recorded environment could not be built: {_shortly(ended)}",
        f"see what uv said above, or {USE_CURRENT}",
    )


def _shortly(ended: Ended) -> str:
    lines = [_FRAME.sub("", line) for line in ended.said.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Using ", "Resolved ", "warning:"))]
    return " ".join(told[:_QUOTED_LINES])[:500] or str(ended)
