"""Files of a remote that is a folder of this machine.

A file gets its name after it, and the folder that names it, were handed to the disk: it survives
a loss of power.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mlsnap.storage.entries import Entry, unfinished_name

CHUNK = 1 << 20
"""Bytes read at a time."""


def write(target: Path, content: bytes, mode: int) -> None:
    """Write a file, over what is there; it gets its name, and its mode, when it is whole."""
    with _appearing(target, mode) as written:
        written.write(content)


def copy(source: Path, target: Path, mode: int, confirm: Callable[[], None]) -> None:
    """The same with the content of ``source``, unless ``confirm``, called last, raises."""
    with _appearing(target, mode) as written, source.open("rb") as read:
        for chunk in read_chunks(read):
            written.write(chunk)
        confirm()


def walk(folder: str) -> Iterator[Entry]:
    """The files in a folder and those below it; none if there is no such folder."""
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for each in found:
            if each.is_dir(follow_symlinks=False):
                yield from walk(each.path)
                continue
            with suppress(FileNotFoundError):
                status = each.stat()
                yield Entry(each.path, status.st_size, status.st_mtime)


def read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a binary file, `CHUNK` bytes at a time."""
    while chunk := file.read(CHUNK):
        yield chunk


@contextmanager
def _appearing(target: Path, mode: int) -> Iterator[IO[bytes]]:
    """A file that gets its name, and its mode, when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(unfinished_name())
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(mode)
        unfinished.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems know no such thing
            os.fsync(opened)
    finally:
        os.close(opened)
