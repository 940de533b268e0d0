"""Arrays that wait in a temporary file until they are needed."""

from __future__ import annotations

import os
import tempfile
import weakref
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
        file = tempfile.TemporaryFile(prefix="mlsnap-")  # noqa: SIM115 - see the next line
        weakref.finalize(self, file.close)
        return file

    def put(self, values: NDArray[Any]) -> Spooled:
        """Write ``values``; the array itself can be forgotten."""
        with self._lock:
            place, self._end = self._end, self._end + values.nbytes
        _write(self._file.fileno(), _bytes(np.ascontiguousarray(values)), place)
        return Spooled(self, place, len(values), values.dtype)

    def read(self, place: int, values: NDArray[Any]) -> None:
        """Read an array of the length and dtype of ``values`` back into them."""
        view, done = _bytes(values), 0
        while done < len(view):
            done += os.preadv(self._file.fileno(), [view[done:]], place + done)


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
        values = np.empty(self.length, self.dtype)
        self.read(values)
        return values

    def read(self, values: NDArray[Any]) -> None:
        """Write the array into ``values``, which have its length."""
        self.spool.read(self.place, values)


def _bytes(values: NDArray[Any]) -> memoryview:
    return memoryview(values).cast("B")  # type: ignore[arg-type]


def _write(descriptor: int, view: memoryview, place: int) -> None:
    done = 0
    while done < len(view):
        done += os.pwrite(descriptor, view[done:], place + done)
