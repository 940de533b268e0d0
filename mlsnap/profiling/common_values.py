"""Distinct values of a column and the most common of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.ordered import Ordered
from mlsnap.profiling.runs import Runs
from mlsnap.values.profile import ValueCount

MOST_COMMON = 100
"""How many values a profile keeps with their counts."""


Scalars = Callable[[list[Any]], list[Any]]


def common_values(rows: Ordered, scalars: Scalars = list) -> dict[str, Any]:
    """Fields of the profile: the number of distinct values, and the most common ones.

    All of them if there are few, else those that occur more than once; among equally common ones
    the smaller stand first. ``scalars`` makes the values to show of those in ``rows``.
    """
    distinct, top = 0, Runs(rows.values[:0], np.empty(0, np.int64))
    for runs in rows.runs():
        distinct += len(runs.values)
        top = _top(top, runs)
    kept = top.of_count(1 if distinct <= MOST_COMMON else 2)
    values = scalars(kept.values.tolist())
    return {
        "distinct_count": distinct,
        "most_common": tuple(map(ValueCount, values, kept.counts.tolist())),
    }


def largest(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the `MOST_COMMON` largest counts; among equals those that stand first."""
    places = np.arange(len(counts))
    if len(counts) > MOST_COMMON:
        least = np.partition(counts, -MOST_COMMON)[-MOST_COMMON]
        places = np.flatnonzero(counts >= least)
    return places[np.lexsort((places, -counts[places]))[:MOST_COMMON]]


def _top(top: Runs, others: Runs) -> Runs:
    """The most common of both; ``others`` come after ``top`` in the order of values."""
    if len(others.values) > MOST_COMMON:
        others = _at(others, np.sort(largest(others.counts)))
    both = Runs(*(np.concatenate(pair) for pair in zip(top, others, strict=True)))
    return _at(both, largest(both.counts))


def _at(runs: Runs, places: NDArray[np.int64]) -> Runs:
    return Runs(runs.values[places], runs.counts[places])
