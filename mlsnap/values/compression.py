"""Compressed files, which are known by their names."""

from __future__ import annotations

from pathlib import PurePath

COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".xz": "xz"}
"""What files with these endings are compressed by."""


def compression_of(name: str) -> str | None:
    """What a file of that name is compressed by; ``None`` if it is not.

    >>> compression_of("crime.CSV.GZ"), compression_of("crime.csv")
    ('gzip', None)
    """
    return COMPRESSIONS.get(PurePath(name).suffix.lower())


def uncompressed(name: str) -> str:
    """The name without the ending that says how the file is compressed.

    >>> uncompressed("crime.csv.gz"), uncompressed("crime.csv")
    ('crime.csv', 'crime.csv')
    """
    return name[: -len(PurePath(name).suffix)] if compression_of(name) else name
