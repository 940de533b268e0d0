"""Columns of lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.data.buffers import to_numpy
from mlsnap.profiling.lengths import LengthSums
from mlsnap.profiling.multiset import Multiset


class Lists:
    """Statistics of lists, a monoid under `merge`. Lengths are numbers of entries."""

    def __init__(self) -> None:
        self._lengths = LengthSums()

    def update(self, values: pa.Array, counts: NDArray[np.int64] | None = None) -> None:
        """Take lists without nulls in, each as often as ``counts`` says."""
        self._lengths.update(to_numpy(pc.list_value_length(values)), counts)

    def merge(self, other: Lists) -> None:
        """Take the lists of ``other`` in."""
        self._lengths.merge(other._lengths)

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row: nothing."""
        yield from ()

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        return {"empty_count": self._lengths.zeros, "lengths": self._lengths.result()}
