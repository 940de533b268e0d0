"""Integer and decimal columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.buffers import to_numpy
from mlsnap.profiling.buckets import Buckets
from mlsnap.profiling.common_values import Scalars, common_values
from mlsnap.profiling.distribution import distribution_of, histogram_of
from mlsnap.profiling.moments import moments_of
from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.ordered import Ordered
from mlsnap.profiling.quantiles import quantiles_of, whiskers_of

Counts = NDArray[np.int64]


class Numbers:
    """Statistics of integers or floats, a monoid under `merge`.

    Extremes, quantiles, distinct values and most common ones are over all but NaN; moments as
    `moments_of` says; distribution and histogram over the finite ones. There is one zero, 0.0.
    """

    def __init__(self, *, budget: int) -> None:
        self._values = Multiset(budget=budget)
        self._nan_count = 0

    def update(self, values: pa.Array, counts: Counts | None = None) -> None:
        """Take numbers without nulls in, each as often as ``counts`` says."""
        found = to_numpy(values)
        if found.dtype.kind == "f":
            found, counts = self._without_nan(_one_zero(found), counts)
        self._values.add(found, counts)

    def merge(self, other: Numbers) -> None:
        """Take the numbers of ``other`` in."""
        self._values.merge(other._values)
        self._nan_count += other._nan_count

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row."""
        yield self._values

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        if not self._values.row_count:
            none = {"zero_count": 0, "negative_count": 0, "distinct_count": 0}
            return {"nan_count": self._nan_count, **none}
        rows, summary = self._values.ordered()
        return {
            **values_of(rows, summary),
            **statistics_of(rows),
            "nan_count": self._nan_count,
        }

    def _without_nan(
        self, values: NDArray[Any], counts: Counts | None
    ) -> tuple[NDArray[Any], Counts | None]:
        holes = np.isnan(values)
        if not holes.any():
            return values, counts
        self._nan_count += int(holes.sum() if counts is None else counts[holes].sum())
        return values[~holes], None if counts is None else counts[~holes]


def statistics_of(rows: Ordered) -> dict[str, Any]:
    """Moments, quantiles, whiskers, counts of kinds of numbers, distribution and histogram."""
    quantiles = quantiles_of(rows)
    low, high = whiskers_of(rows, quantiles[3], quantiles[5])
    finite = _finite(rows)
    negative, not_positive = rows.ranks_of(0.0, "left"), rows.ranks_of(0.0, "right")
    return {
        **moments_of(rows).to_dict(),
        "quantiles": quantiles,
        "whisker_low": low,
        "whisker_high": high,
        "infinity_count": rows.row_count - finite.row_count,
        "zero_count": int(not_positive - negative),
        "negative_count": int(negative),
        "histogram": histogram_of(finite),
        "distribution": distribution_of(finite),
    }


def values_of(
    rows: Ordered,
    summary: Buckets | None,
    scalars: Scalars = list,
    *,
    common: Scalars | None = None,
) -> dict[str, Any]:
    """Extremes, distinct and most common values, as ``scalars`` makes them of those in rows.

    ``common`` makes the most common ones, where they are made otherwise.
    """
    if summary is None:
        low, high = scalars(rows.values_at(np.array([0, rows.row_count - 1])).tolist())
        return {"min": low, "max": high, **common_values(rows, common or scalars)}
    low, high = scalars(list(summary.extremes()))
    return {
        "min": low,
        "max": high,
        "distinct_count": summary.distinct.count,
        "distinct_exact": False,
        "rank_error": summary.rank_error,
    }


def _finite(rows: Ordered) -> Ordered:
    """The rows that are finite."""
    ends = rows.values_at(np.array([0, rows.row_count - 1]))
    if np.isfinite(ends).all():
        return rows
    return rows.part(int(rows.ranks_of(-np.inf, "right")), int(rows.ranks_of(np.inf, "left")))


def _one_zero(values: NDArray[Any]) -> NDArray[Any]:
    """A copy with 0.0 for -0.0; half floats as float32, which NumPy sorts faster."""
    with np.errstate(invalid="ignore"):
        one: NDArray[Any] = np.add(values, 0, dtype=np.promote_types(values.dtype, np.float32))
    return one
