"""Columns of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.buffers import offsets_of
from mlsnap.profiling.hashing import hashes_of
from mlsnap.profiling.lengths import LengthSums
from mlsnap.profiling.multiset import Multiset


class Binaries:
    """Statistics of bytes, a monoid under `merge`. Distinct ones are counted by 64-bit hashes."""

    def __init__(self, *, budget: int) -> None:
        self._hashes = Multiset(budget=budget)
        self._lengths = LengthSums()

    def update(self, values: pa.Array, counts: NDArray[np.int64] | None = None) -> None:
        """Take large bytes without nulls in, each as often as ``counts`` says."""
        self._lengths.update(np.diff(offsets_of(values)), counts)
        self._hashes.add(hashes_of(values).hashes, counts)

    def merge(self, other: Binaries) -> None:
        """Take the bytes of ``other`` in."""
        self._hashes.merge(other._hashes)
        self._lengths.merge(other._lengths)

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row."""
        yield self._hashes

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        rows, summary = self._hashes.ordered()
        return {
            "empty_count": self._lengths.zeros,
            "lengths": self._lengths.result(),
            "distinct_count": summary.distinct.count if summary else rows.distinct_count,
            "distinct_exact": summary is None,
        }
