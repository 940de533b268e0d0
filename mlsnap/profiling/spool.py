"""Arrays that wait in a temporary file until they are needed."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


class Spool:
    """A file without a name that is gone with the object, however the process ends."""

    def __init__(self) -> None:
        self._end = 0
        self._lock = Lock()

    @cached_property
    def _file(self) -> IO[bytes]:
        return tempfile.TemporaryFile(prefix="mlsnap-")

    def put(self, values: NDArray[Any]) -> Spooled:
        """Write ``values``; the array itself can be forgotten."""
        with self._lock:
            place, self._end = self._end, self._end + values.nbytes
        _write(self._file.fileno(), _bytes(np.ascontiguousarray(values)), place)
        return Spooled(self, place, len(values), values.dtype)

    def get(self, place: int, length: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Read an array back."""
        values = np.empty(length, dtype)
        view, done = _bytes(values), 0
        while done < len(view):
            done += os.preadv(self._file.fileno(), [view[done:]], place + done)
        return values


@dataclass(frozen=True, slots=True)
class Spooled:
    """An array in a `Spool`."""

    spool: Spool
    place: int
    length: int
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return self.length

    def get(self) -> NDArray[Any]:
        """The array itself."""
        return self.spool.get(self.place, self.length, self.dtype)


def _bytes(values: NDArray[Any]) -> memoryview:
    return memoryview(values).cast("B")  # type: ignore[arg-type]


def _write(descriptor: int, view: memoryview, place: int) -> None:
    done = 0
    while done < len(view):
        done += os.pwrite(descriptor, view[done:], place + done)
