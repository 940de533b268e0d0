"""Distinct values of a column and the most common of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.values.profile import ValueCount
from mlsnap.values.scalars import Scalar

MOST_COMMON = 100
"""How many values a profile keeps with their counts."""


def runs_of(ordered: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The distinct values of a sorted array, shape ``(k,)``, and how often each occurs."""
    starts = np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))
    return ordered[starts], np.diff(starts, append=len(ordered))


def from_runs(values: NDArray[Any], counts: NDArray[np.int64]) -> dict[str, Any]:
    """Fields of the profile for distinct ``values`` in ascending order with their ``counts``."""
    return _fields(counts, lambda index: values[index].item())


def from_array(present: pa.Array) -> dict[str, Any]:
    """Fields of the profile for Arrow values that Arrow can count and sort."""
    counted = pc.value_counts(present)
    counted = counted.take(pc.sort_indices(counted.field("values")))
    values, counts = counted.field("values"), counted.field("counts").to_numpy()
    return _fields(counts, lambda index: values[index].as_py())


def _largest(counts: NDArray[np.int64]) -> list[int]:
    """Indices of the largest counts; among equals the smaller value, which stands first."""
    candidates = np.arange(len(counts))
    if len(counts) > MOST_COMMON:
        least = np.partition(counts, -MOST_COMMON)[-MOST_COMMON]
        candidates = np.flatnonzero(counts >= least)
    order = np.lexsort((candidates, -counts[candidates]))[:MOST_COMMON]
    return [int(index) for index in candidates[order]]


def _fields(counts: NDArray[np.int64], value_at: Callable[[int], Scalar]) -> dict[str, Any]:
    """All values if there are few, else those that occur more than once."""
    kept = [i for i in _largest(counts) if counts[i] > 1 or len(counts) <= MOST_COMMON]
    return {
        "distinct_count": len(counts),
        "most_common": tuple(ValueCount(value_at(i), int(counts[i])) for i in kept),
    }
