"""Files that this process opens for reading while a block goes on.

What is opened by other languages' code (Arrow, Polars, DuckDB) raises no event and is not seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

Stamp = tuple[int, int, int]
"""Size in bytes, time of the last change in nanoseconds, and inode."""

_WRITING = os.O_WRONLY | os.O_RDWR


@dataclass
class Opened:
    """Files with one of the ``endings``: what they were when they were first opened for reading.

    ``written`` are those that were first opened for writing.
    """

    endings: tuple[str, ...]
    read: dict[Path, Stamp] = field(default_factory=dict)
    written: set[Path] = field(default_factory=set)
    process: int = field(default_factory=os.getpid)

    def hear(self, path: Any, flags: int) -> None:
        """Note that a file is about to be opened."""
        if isinstance(path, int) or os.getpid() != self.process:
            return
        name = os.fsdecode(path)
        if not name.lower().endswith(self.endings) or _is_for_mlsnap():
            return
        file = Path(os.path.abspath(name))  # noqa: PTH100 - links stay, `..` goes
        if flags & _WRITING:
            self._note_written(file)
        elif file not in self.written and file not in self.read:
            self.read[file] = stamp(file)

    def _note_written(self, file: Path) -> None:
        if file not in self.read:
            self.written.add(file)


def stamp(file: Path) -> Stamp:
    """What changes when the file does; OSError if it is not there."""
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


@contextmanager
def watched(endings: tuple[str, ...]) -> Iterator[Opened]:
    """The files with these endings that are opened while the block goes on."""
    opened = Opened(endings)
    if not _HOOKED:
        sys.addaudithook(_hear)
        _HOOKED.append(True)
    _WATCHING.append(opened)
    try:
        yield opened
    finally:
        _WATCHING.remove(opened)


_HOOKED: list[bool] = []
"""Whether the hook is set: Python has no way to take one away."""

_WATCHING: list[Opened] = []


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if event != "open" or not _WATCHING:
        return
    with suppress(Exception):  # whatever is wrong with the path, opening it will say
        path, _, flags = given
        for opened in _WATCHING:
            opened.hear(path, flags)


def _is_for_mlsnap() -> bool:
    """Whether it is mlsnap that opens the file, and not the code that it runs."""
    frame: FrameType | None = sys._getframe(3)
    while frame:
        name = str(frame.f_globals.get("__name__", ""))
        if name == "__main__":
            return False
        if name.startswith("mlsnap."):
            return True
        frame = frame.f_back
    return False
