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

    A ``destination`` that was not there appears with all of them at once.

    Raises
    ------
    ConfigError
        If ``destination`` cannot be written.
    """
    with _writable(destination):
        scratch = _beside(destination.absolute())
        unfinished = scratch / "files"
        try:
            unfinished.mkdir()
            yield unfinished
            if destination.exists():
                _move_all(unfinished, destination, paths)
            else:
                _move(unfinished, destination)
        finally:
            rmtree(scratch)


def _beside(destination: Path) -> Path:
    """A new folder in ``destination`` or the nearest folder above it: on the same disk."""
    nearest = next(each for each in (destination, *destination.parents) if each.exists())
    return Path(tempfile.mkdtemp(prefix=".mlsnap-", dir=nearest))


def _move_all(unfinished: Path, destination: Path, paths: Sequence[str]) -> None:
    """Move files; new ones are taken back if it does not come to its end."""
    new = [destination / path for path in paths if not (destination / path).exists()]
    try:
        for path in paths:
            _move(unfinished / path, destination / path)
    except BaseException:
        for target in new:
            target.unlink(missing_ok=True)
        raise


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
