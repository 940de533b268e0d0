"""Environments that were built, kept in a folder until they are not used any more."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from mlsnap.errors import ConfigError
from mlsnap.lineage.lock import Lock
from mlsnap.services.reproduction.environments import uv
from mlsnap.values.lineage import Environment

KEPT = 10
"""Environments that are kept; those used last."""

KEPT_SECONDS = 60 * 86_400.0
"""How long after its last use one is kept."""

_BUILDING_SECONDS = 86_400.0
_FORMAT = 2
_READY = ".json"


@dataclass(frozen=True, slots=True)
class Built:
    """A complete environment: its interpreter, when it was built, how it differs from its lock."""

    python: Path
    date: str
    differences: tuple[str, ...]


def find(cache: Path, environment: Environment, lock: Lock) -> Built | None:
    """The environment built of ``lock`` for this platform, if it is there and whole."""
    return _read(_file(cache, environment, lock))


def build(cache: Path, environment: Environment, lock: Lock) -> Built:
    """Build it, in a folder of its own; it can be found when it is complete, and not before.

    Of several processes that build the same, the first to end is found; the others use that.

    Raises
    ------
    NotReproducibleError
        If it cannot be built.
    ConfigError
        If ``cache`` cannot be written to, or is full.
    """
    ready = _file(cache, environment, lock)
    with _writing(cache):
        cache.mkdir(parents=True, exist_ok=True)
        _clear(cache)
        folder = Path(mkdtemp(prefix=f"{ready.stem}-", dir=cache))
        try:
            python, other = uv.build(environment, lock, folder)
            return _claim(ready, folder, python, other)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _claim(ready: Path, folder: Path, python: Path, differences: tuple[str, ...]) -> Built:
    """Make an environment the one that is found, unless another process was quicker."""
    stored = {
        "python": str(python.relative_to(ready.parent)),
        "date": time.strftime("%Y-%m-%d"),
        "differences": list(differences),
    }
    written = folder / "ready.json"
    written.write_text(json.dumps(stored), encoding="utf-8")
    earlier = _read(ready)
    if earlier is None:
        written.replace(ready)
        return _built(ready, stored)
    shutil.rmtree(folder, ignore_errors=True)
    return earlier


def _read(ready: Path) -> Built | None:
    """What a file tells of, if that is there still; using it keeps it."""
    try:
        found = _built(ready, json.loads(ready.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not found.python.exists():
        return None
    with suppress(OSError):
        os.utime(ready)
    return found


def _built(ready: Path, stored: dict[str, Any]) -> Built:
    return Built(ready.parent / stored["python"], stored["date"], tuple(stored["differences"]))


def _file(cache: Path, environment: Environment, lock: Lock) -> Path:
    asked = {
        "format": _FORMAT,
        "requirements": lock.requirements,
        "python": [environment.implementation, environment.python],
        "asked": [uv.foreign(environment).urls, uv.foreign(environment).find_links],
        "platform": [platform.system(), platform.machine(), platform.libc_ver()[0]],
    }
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    return cache / f"{digest[:32]}{_READY}"


def _clear(cache: Path) -> None:
    """Remove what was not used for long, and what a killed process left."""
    files = sorted(cache.glob(f"*{_READY}"), key=_age)
    old = [*files[KEPT - 1 :], *(file for file in files if _age(file) > KEPT_SECONDS)]
    for file in set(old):
        file.unlink(missing_ok=True)
    known = {_folder_of(file) for file in cache.glob(f"*{_READY}")}
    for folder in cache.iterdir():
        if folder.is_dir() and folder not in known and _age(folder) > _BUILDING_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _folder_of(ready: Path) -> Path | None:
    found = _read_quietly(ready)
    return ready.parent / Path(found).parts[0] if found else None


def _read_quietly(ready: Path) -> str | None:
    try:
        return str(json.loads(ready.read_text(encoding="utf-8"))["python"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


@contextmanager
def _writing(cache: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, *_FULL, errno.ENOTDIR):
            raise
        raise ConfigError(
            f"the environment cannot be kept in {cache}: {error.strerror}",
            "set cache_directory to a folder with room that can be written to, or pass "
            "`--env current`",
        ) from error


_FULL = (errno.ENOSPC, errno.EDQUOT)
