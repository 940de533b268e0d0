"""Files that were read before: what they held, for as long as they have not changed.

Each definition of local files has an entry in the user's cache: size, time stamps and inode of
every file, and the profile of what was read. The cache is never needed: an entry that is missing,
damaged or of other versions is as if the files had not been read.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pyarrow as pa

import mlsnap
from mlsnap.data.carriers.stored import schema_from_text, schema_to_text
from mlsnap.data.files import File, Stamp, check_unchanged, stamps_of
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.data.sources import files_of, is_local, open_source
from mlsnap.errors import SourceError
from mlsnap.settings import Settings
from mlsnap.values import profile as profiles
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import Definition

SETTLED = 2 * 10**9
"""Nanoseconds that a file must have been left alone before it is read: one that changes twice
within a tick of the file system's clock keeps its time stamps."""

ENTRIES = 1000
SIZE = 1 << 28
AGE = 30 * 86400
"""How many entries, bytes, and seconds without use the cache keeps."""

_CERTAIN = frozenset({"select", "drop", "rename", "cast", "parse_dates"})
"""Steps whose result depends on the rows alone; SQL may ask for the time or for chance."""

_LIBRARIES = {"excel": ("openpyxl", "python-calamine")}
_ENDING = ".known"
_LENGTH = hashlib.sha256().digest_size


@dataclass(frozen=True)
class Sight:
    """The files of a definition as they lie there before they are read.

    Attributes
    ----------
    stamps
        Of each file, in reading order.
    changes
        When each was last changed in any way, in nanoseconds; no program can set that time.
    taken
        When they were looked at, in nanoseconds.
    entry
        The file of the cache that is theirs.
    """

    definition: Definition
    stamps: dict[File, Stamp]
    changes: list[int]
    taken: int
    entry: Path

    def recall(self) -> tuple[Profile, Rows] | None:
        """What the files held, if they were read before; they are opened when rows are read."""
        try:
            stored = _unpacked(self.entry.read_bytes())
            if stored is None or stored["files"] != self._files():
                return None
            found, schema = Profile.from_dict(stored["profile"]), schema_from_text(stored["schema"])
        except Exception:  # whatever is wrong with it, it is no entry
            return None
        with suppress(OSError):
            os.utime(self.entry)
        return found, self._unopened(schema, found.row_count)

    def keep(self, profile: Profile, schema: pa.Schema) -> None:
        """Remember what the files held, unless they may have changed since they were seen."""
        if not self._is_settled() or not self._is_unchanged():
            return
        stored = {
            "files": self._files(),
            "schema": schema_to_text(schema),
            "profile": profile.to_dict(),
        }
        with suppress(OSError):
            _write(self.entry, _packed(stored))
            _prune(self.entry.parent)

    def _is_settled(self) -> bool:
        times = [int(stamp[1]) for stamp in self.stamps.values()]
        return max([*times, *self.changes]) <= self.taken - SETTLED

    def _is_unchanged(self) -> bool:
        with suppress(SourceError, OSError):
            return _stamps(self.definition) == (self.stamps, self.changes)
        return False

    def _files(self) -> list[list[Any]]:
        """The stamps as they are stored."""
        stamped = zip(self.stamps.items(), self.changes, strict=True)
        return [[str(file), *stamp, change] for (file, stamp), change in stamped]

    def _unopened(self, schema: pa.Schema, row_count: int) -> Rows:
        return Rows(
            schema,
            _opened_when_read(self.definition),
            row_count=row_count,
            stamps=self.stamps,
            check=lambda: check_unchanged(self.stamps),
        )


def look(definition: Definition, chosen: Settings) -> Sight | None:
    """The files of a definition; ``None`` if what they held cannot or shall not be remembered."""
    if not chosen.remember_files or not _is_certain(definition):
        return None
    taken = time.time_ns()
    with suppress(SourceError, OSError):
        stamps, changes = _stamps(definition)
        return Sight(definition, stamps, changes, taken, _entry(definition, chosen))
    return None


def _is_certain(definition: Definition) -> bool:
    """Whether the rows depend on nothing but local files and this definition."""
    steps = {step.get("step") for step in definition.steps}
    has_files = is_local(definition) and definition.format is not None
    return has_files and steps <= _CERTAIN and not definition.newer


def _stamps(definition: Definition) -> tuple[dict[File, Stamp], list[int]]:
    files = files_of(definition)
    return stamps_of(files), [Path(str(file)).stat().st_ctime_ns for file in files]


def _opened_when_read(definition: Definition) -> Iterator[pa.RecordBatch]:
    yield from ()
    raise StartAgain(open_source(definition))


def _entry(definition: Definition, chosen: Settings) -> Path:
    folder = chosen.cache_directory or platformdirs.user_cache_dir("mlsnap")
    named = definition.to_dict()
    asked = {
        "source": {key: named[key] for key in ("source", "format", "options", "steps")},
        "settings": [chosen.memory_budget, chosen.semantic_types],
        "versions": [mlsnap.__version__, profiles.FORMAT, *_versions(definition.format or "")],
    }
    text = json.dumps(asked, sort_keys=True, default=repr)
    name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Path(folder).expanduser().absolute() / "known-files" / f"{name}{_ENDING}"


def _versions(format: str) -> list[str]:
    found = [sys.version, pa.__version__, np.__version__]
    for name in _LIBRARIES.get(format, ()):
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return found


def _packed(stored: dict[str, Any]) -> bytes:
    content = zlib.compress(json.dumps(stored).encode(), 1)
    return hashlib.sha256(content).digest() + content


def _unpacked(entry: bytes) -> dict[str, Any] | None:
    digest, content = entry[:_LENGTH], entry[_LENGTH:]
    if hashlib.sha256(content).digest() != digest:
        return None
    stored: dict[str, Any] = json.loads(zlib.decompress(content))
    return stored


def _write(entry: Path, content: bytes) -> None:
    """Write an entry that others see whole or not at all; only this user may read it."""
    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=entry.parent, prefix=f"{entry.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(unfinished).replace(entry)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _prune(folder: Path) -> None:
    """Remove what was not used for long, and the oldest of what is too much."""
    kept = size = 0
    for used, bytes_, entry in sorted(_entries(folder), reverse=True):
        kept, size = kept + 1, size + bytes_
        if kept > ENTRIES or size > SIZE or used < time.time() - AGE:
            entry.unlink(missing_ok=True)


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for entry in folder.glob(f"*{_ENDING}*"):
        with suppress(OSError):  # another process removed it
            stat = entry.stat()
            yield stat.st_mtime, stat.st_size, entry
