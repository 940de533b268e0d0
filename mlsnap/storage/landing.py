"""The folder that fetched files appear in: all of them, or none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from mlsnap.errors import ConfigError, MlsnapError
from mlsnap.storage.remote import reason


@contextmanager
def landing(destination: Path, paths: Sequence[str]) -> Iterator[Path]:
    """A new folder whose files ``paths`` move to ``destination`` when the block ends well.

    Raises
    ------
    ConfigError
        If ``destination`` cannot be written.
    """
    with _writable(destination):
        unfinished = _beside(destination.absolute())
        try:
            yield unfinished
            for path in paths:
                _move(unfinished / path, destination / path)
        finally:
            rmtree(unfinished)


def _beside(destination: Path) -> Path:
    """A new folder in ``destination`` or the nearest folder above it: on the same disk."""
    nearest = next(each for each in (destination, *destination.parents) if each.exists())
    return Path(tempfile.mkdtemp(prefix=".mlsnap-", dir=nearest))


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


@contextmanager
def _writable(destination: Path) -> Iterator[None]:
    try:
        yield
    except MlsnapError:
        raise
    except OSError as error:
        raise ConfigError(
            f"the folder {str(destination)!r} cannot be written: {reason(error)}",
            "choose another folder, or free some space",
        ) from error
