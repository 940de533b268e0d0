"""Distinct values of a column and the most common of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.ordered import Ordered
from mlsnap.profiling.runs import Runs
from mlsnap.values.column import ValueCount

MOST_COMMON = 100
"""How many values a profile keeps with their counts."""

_SMALL = 1 << 12
"""Smaller counts are counted themselves: quicker than putting them in order."""

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
        least = _least(counts)
        more, equal = np.flatnonzero(counts > least), np.flatnonzero(counts == least)
        places = np.concatenate((more, equal[: MOST_COMMON - len(more)]))
    return places[np.argsort(-counts[places], kind="stable")]


def _least(counts: NDArray[np.int64]) -> int:
    """The smallest of the `MOST_COMMON` largest counts."""
    large = counts[counts >= _SMALL]
    if len(large) >= MOST_COMMON:
        return int(np.partition(large, -MOST_COMMON)[-MOST_COMMON])
    reached = np.cumsum(np.bincount(np.minimum(counts, _SMALL))[::-1])[::-1]
    return int(np.flatnonzero(reached >= MOST_COMMON)[-1])


def _top(top: Runs, others: Runs) -> Runs:
    """The most common of both; ``others`` come after ``top`` in the order of values."""
    if len(others.values) > MOST_COMMON:
        others = _at(others, np.sort(largest(others.counts)))
    both = Runs(*(np.concatenate(pair) for pair in zip(top, others, strict=True)))
    return _at(both, largest(both.counts))


def _at(runs: Runs, places: NDArray[np.int64]) -> Runs:
    return Runs(runs.values[places], runs.counts[places])
