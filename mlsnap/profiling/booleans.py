"""Boolean columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.profiling.distribution import distribution_of
from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.ordered import Counted
from mlsnap.profiling.runs import Runs
from mlsnap.values.column import ValueCount


class Booleans:
    """Statistics of booleans, a monoid under `merge`. False sorts before True."""

    def __init__(self) -> None:
        self._counts = [0, 0]

    def update(self, values: pa.Array, counts: NDArray[np.int64] | None = None) -> None:
        """Take booleans without nulls in, each as often as ``counts`` says."""
        if counts is None:
            true = values.true_count
            self._add(len(values) - true, true)
        else:
            for value, count in zip(values.to_pylist(), counts.tolist(), strict=True):
                self._counts[value] += count

    def merge(self, other: Booleans) -> None:
        """Take the booleans of ``other`` in."""
        self._add(*other._counts)

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row: nothing."""
        yield from ()

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        seen = [ValueCount(bool(value), n) for value, n in enumerate(self._counts) if n]
        present = np.flatnonzero(self._counts)
        runs = Runs(present.astype(np.float64), np.array(self._counts, np.int64)[present])
        return {
            "min": seen[0].value,
            "max": seen[-1].value,
            "distinct_count": len(seen),
            "most_common": tuple(sorted(seen, key=lambda each: -each.count)),
            "distribution": distribution_of(Counted(runs)),
        }

    def _add(self, false: int, true: int) -> None:
        self._counts = [self._counts[0] + false, self._counts[1] + true]
