"""Columns of decimal numbers of fixed scale."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.data.buffers import to_numpy
from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.numbers import statistics_of, values_of
from mlsnap.profiling.texts import Texts
from mlsnap.values.column import ValueCount

NARROW = 18
"""Digits that always fit into 64 bits."""

Counts = NDArray[np.int64]


class Decimals:
    """Statistics of decimals of up to 18 digits, a monoid under `merge`.

    They count as integers in units of the last place. Quantiles and moments are over float64.
    """

    def __init__(self, scale: int, *, budget: int) -> None:
        self._scale = scale
        self._units = Multiset(budget=budget)

    def update(self, values: pa.Array, counts: Counts | None = None) -> None:
        """Take decimals of 128 bits without nulls in, each as often as ``counts`` says."""
        words = np.frombuffer(values.buffers()[1], np.int64).reshape(-1, 2)
        self._units.add(words[values.offset : values.offset + len(values), 0].copy(), counts)

    def merge(self, other: Decimals) -> None:
        """Take the decimals of ``other`` in."""
        self._units.merge(other._units)

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row."""
        yield self._units

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        rows, summary = self._units.ordered()
        floats = rows.mapped(lambda units: units / 10.0**self._scale)
        return {**values_of(rows, summary, self._decimals), **statistics_of(floats)}

    def _decimals(self, units: list[int]) -> list[Decimal]:
        return [Decimal(each).scaleb(-self._scale) for each in units]


class WideDecimals:
    """The same of decimals with more digits: distinct ones are told apart by their text."""

    def __init__(self, *, budget: int) -> None:
        self._texts = Texts(budget=budget)
        self._floats = Multiset(budget=budget)
        self._ends: tuple[Decimal, Decimal] | None = None

    def update(self, values: pa.Array, counts: Counts | None = None) -> None:
        """Take decimals without nulls in, each as often as ``counts`` says."""
        ends = pc.min_max(values).as_py()
        self._extend(ends["min"], ends["max"])
        self._texts.update(values.cast(pa.string()).cast(pa.large_string()), counts)
        self._floats.add(to_numpy(values.cast(pa.float64())), counts)

    def merge(self, other: WideDecimals) -> None:
        """Take the decimals of ``other`` in."""
        self._texts.merge(other._texts)
        self._floats.merge(other._floats)
        if other._ends:
            self._extend(*other._ends)

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row."""
        yield from self._texts.multisets()
        yield self._floats

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        assert self._ends is not None
        rows, summary = self._floats.ordered()
        texts = self._texts.result()
        common = [ValueCount(Decimal(str(e.value)), e.count) for e in texts["most_common"]]
        return {
            **statistics_of(rows),
            "min": self._ends[0],
            "max": self._ends[1],
            "distinct_count": texts["distinct_count"],
            "distinct_exact": texts["distinct_exact"],
            "rank_error": summary.rank_error if summary else 0.0,
            "most_common": tuple(sorted(common, key=lambda each: (-each.count, each.value))),
        }

    def _extend(self, low: Decimal, high: Decimal) -> None:
        if self._ends:
            low, high = min(low, self._ends[0]), max(high, self._ends[1])
        self._ends = low, high
