"""Folders for temporary files."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlsnap.errors import ConfigError, MlsnapError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LITTLE = 1 << 20


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone when the block ends.

    Raises
    ------
    ConfigError
        If there is no room in it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="mlsnap-") as folder:
            yield Path(folder)
    except MlsnapError:
        raise
    except OSError as error:
        if error.errno not in _FULL or not _is_full():
            raise
        raise ConfigError(
            f"the folder for temporary files, {tempfile.gettempdir()}, is full: {error.strerror}",
            "free some space there, or set TMPDIR to a folder with more room",
        ) from error


def _is_full() -> bool:
    return shutil.disk_usage(tempfile.gettempdir()).free < _LITTLE
