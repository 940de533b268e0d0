"""The two hashes of a part: md5, DVC's name of an object, and SHA-256, which nobody can forge."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlsnap.storage.local_files import read_chunks
from mlsnap.values.snapshot import Part


class Hashes:
    """Both hashes, from one look at the bytes."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()

    def update(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take the next bytes in."""
        self._md5.update(chunk)
        self._sha256.update(chunk)

    @property
    def md5(self) -> str:
        """The md5 so far, 32 hex digits."""
        return self._md5.hexdigest()

    @property
    def sha256(self) -> str:
        """The SHA-256 so far, 64 hex digits."""
        return self._sha256.hexdigest()


def hashed(folder: Path, path: str) -> Part:
    """The file ``path`` of ``folder`` as a part; it is read once."""
    hashes, size = Hashes(), 0
    with (folder / path).open("rb") as file:
        for chunk in read_chunks(file):
            hashes.update(chunk)
            size += len(chunk)
    return Part(path, size, hashes.md5, hashes.sha256)
