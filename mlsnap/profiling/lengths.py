"""Lengths of texts, bytes and lists."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.values.column import Lengths


class LengthSums:
    """The extremes and the sum of lengths, a monoid under `merge`."""

    def __init__(self) -> None:
        self.zeros = 0
        self._rows = self._sum = 0
        self._ends: tuple[int, int] | None = None

    def update(self, lengths: NDArray[Any], counts: NDArray[np.int64] | None = None) -> None:
        """Take lengths in, one at least, each as often as ``counts`` says."""
        lengths = lengths.astype(np.int64, copy=False)
        if counts is None:
            self._rows += len(lengths)
            self._sum += int(lengths.sum())
            self.zeros += len(lengths) - int(np.count_nonzero(lengths))
        else:
            self._rows += int(counts.sum())
            self._sum += int((lengths * counts).sum())
            self.zeros += int(counts[lengths == 0].sum())
        self._extend(int(lengths.min()), int(lengths.max()))

    def merge(self, other: LengthSums) -> None:
        """Take the lengths of ``other`` in."""
        self._rows += other._rows
        self._sum += other._sum
        self.zeros += other.zeros
        if other._ends:
            self._extend(*other._ends)

    def result(self) -> Lengths:
        """The extremes and the mean."""
        assert self._ends is not None
        return Lengths(*self._ends, self._sum / self._rows)

    def _extend(self, low: int, high: int) -> None:
        if self._ends:
            low, high = min(low, self._ends[0]), max(high, self._ends[1])
        self._ends = low, high
