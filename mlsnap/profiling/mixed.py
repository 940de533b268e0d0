"""Columns of values of several types, which have no common order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.mixed import from_text
from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.texts import SHOWN, Texts
from mlsnap.values.column import ValueCount


class Mixed:
    """Distinct and most common values, a monoid under `merge`."""

    def __init__(self, *, budget: int) -> None:
        self._texts = Texts(budget=budget)

    def update(self, values: pa.Array, counts: NDArray[np.int64] | None = None) -> None:
        """Take values without nulls in, as `mlsnap.data.mixed` writes them."""
        self._texts.update(values, counts)

    def merge(self, other: Mixed) -> None:
        """Take the values of ``other`` in."""
        self._texts.merge(other._texts)

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row."""
        yield from self._texts.multisets()

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least. Values that are too long to show are left out."""
        fields = self._texts.result()
        common = [
            ValueCount(from_text(str(each.value)), each.count)
            for each in fields["most_common"]
            if len(str(each.value)) <= SHOWN
        ]
        return {
            "distinct_count": fields["distinct_count"],
            "distinct_exact": fields["distinct_exact"],
            "most_common": tuple(common),
        }
