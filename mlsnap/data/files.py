"""Files that are read, on this machine or at a URL: their bytes, and what tells them changed."""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap.data.remote import RemoteFile
from mlsnap.errors import SourceError
from mlsnap.values.compression import compression_of

File = Path | RemoteFile

Stamp = tuple[int | str, ...]
"""Size in bytes, and what else changes when a file does: of a local one its time and inode."""


def local_path(file: File) -> str | None:
    """Where the bytes of ``file`` are on this machine: HTTP files are fetched for it."""
    if isinstance(file, Path):
        return str(file)
    return str(file.copy) if file.is_fetched else None


def open_stream(file: File) -> Any:
    """The bytes of ``file`` from its start, decompressed where its name says it is compressed.

    Raises
    ------
    OSError, SourceError
        If it cannot be opened.
    """
    compression = compression_of(file.name)
    raw = open_bytes(file)
    if compression == "xz":  # which Arrow does not know
        return lzma.open(raw)
    return pa.CompressedInputStream(raw, compression) if compression else raw


def open_bytes(file: File) -> pa.NativeFile:
    """The bytes of ``file`` as they are, in any order.

    Raises
    ------
    OSError, SourceError
        If it cannot be opened.
    """
    path = local_path(file)
    if path is None:
        assert isinstance(file, RemoteFile)
        return pa.PythonFile(file.open(), mode="r")
    return pa.OSFile(path)


def arrow_filesystem(file: File) -> Any:
    """The Arrow file system that has ``file`` at its `arrow_path`; ``None`` for this machine's."""
    if isinstance(file, Path) or file.is_fetched:
        return None
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    return PyFileSystem(FSSpecHandler(file.filesystem))


def arrow_path(file: File) -> str:
    """The path of a file in its `arrow_filesystem`."""
    return local_path(file) or folder_path(file)


def folder_path(folder: File) -> str:
    """The path of a folder where files in it have their `arrow_path`."""
    return str(folder) if isinstance(folder, Path) else folder.path


def unreadable(shown: object, what: str, error: Exception) -> SourceError:
    """What is raised for a file, or several, that cannot be read as ``what`` it is taken for."""
    return SourceError(
        f"{shown} cannot be read as {what}: {error}",
        "check that the file is complete (it may still be being written), or name its format "
        "with the option format",
    )


def check_unchanged(before: Mapping[File, Stamp]) -> None:
    """`SourceError` that names the first file whose stamp is not what it was."""
    for file, stamp in stamps_of(before).items():
        if stamp != before[file]:
            raise changed_meanwhile(str(file))


def changed_meanwhile(what: str, *, hint: str = "") -> SourceError:
    """The error that says so of what is read; ``hint`` is another way out, if there is one."""
    return SourceError(
        f"{what} changed while it was being read",
        f"wait until whatever writes it has finished, then try again{hint and '; '}{hint}",
    )


def stamps_of(files: Iterable[File]) -> dict[File, Stamp]:
    """The stamp of each file: another one where a file changed."""
    return {file: _stamp(file) for file in files}


def _stamp(file: File) -> Stamp:
    if isinstance(file, RemoteFile):
        return file.stamp()
    try:
        stat = file.stat()
    except OSError as error:
        raise SourceError(
            f"{file} cannot be read: {error.strerror}", "check its permissions"
        ) from error
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino)
