"""Records by the partition they belong to, in memory or, beyond a limit, in a temporary file."""

from __future__ import annotations

import tempfile
import weakref
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.uint64]
"""Shape (records, words)."""

MOST = 1 << 16
"""Partitions that there can be."""


@dataclass
class _Partition:
    waiting: list[Records] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)


class Partitions:
    """Records of ``words`` 64-bit words each, in ``count`` partitions.

    Parameters
    ----------
    room
        Bytes that may stay in memory; what is beyond goes into a file without a name, that is
        gone with the object, however the process ends.

    Raises
    ------
    OSError
        If there is no room for that file.
    """

    def __init__(self, count: int, words: int, *, room: int) -> None:
        self.count, self._words, self._room = count, words, room
        self._held = 0
        self._partitions = [_Partition() for _ in range(count)]
        self._file: IO[bytes] | None = None

    def put(self, numbers: NDArray[Any], records: Records) -> None:
        """Add records, each to the partition of its number; they stay in their order."""
        if self.count == 1:
            parts = {0: records}
        else:
            order = np.argsort(numbers.astype(np.uint16), kind="stable")
            sizes = np.bincount(numbers.astype(np.int64), minlength=self.count)
            ends = np.cumsum(sizes)
            sorted_ = records[order]
            parts = {
                number: sorted_[ends[number] - sizes[number] : ends[number]]
                for number in np.flatnonzero(sizes).tolist()
            }
        for number, part in parts.items():
            self._partitions[number].waiting.append(part)
        self._held += records.nbytes
        if self._held > self._room:
            self._spill()

    def get(self, number: int) -> Records:
        """All records of a partition, in the order they came in."""
        partition = self._partitions[number]
        pieces = [self._read(*place) for place in partition.places]
        return np.concatenate([*pieces, *partition.waiting, np.empty((0, self._words), np.uint64)])

    def numbers(self) -> list[int]:
        """The partitions that have records."""
        return [n for n, each in enumerate(self._partitions) if each.waiting or each.places]

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="mlsnap-")  # noqa: SIM115 - the next line
            weakref.finalize(self, self._file.close)
        self._file.seek(0, 2)
        for partition in self._partitions:
            if partition.waiting:
                content = np.concatenate(partition.waiting)
                partition.places.append((self._file.tell(), len(content)))
                self._file.write(memoryview(content).cast("B"))  # type: ignore[arg-type]
                partition.waiting = []
        self._file.flush()
        self._held = 0

    def _read(self, place: int, length: int) -> Records:
        assert self._file is not None
        self._file.seek(place)
        content = self._file.read(length * self._words * 8)
        return np.frombuffer(content, np.uint64).reshape(length, self._words)
