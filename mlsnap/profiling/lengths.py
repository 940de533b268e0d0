"""Lengths of texts, bytes and lists."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.values.profile import Lengths


def lengths_of(lengths: pa.Array) -> Lengths:
    """The extremes and the mean of ``lengths``, an integer array with a row at least."""
    extremes = pc.min_max(lengths)
    total = pc.sum(lengths.cast(pa.int64())).as_py()
    return Lengths(extremes["min"].as_py(), extremes["max"].as_py(), total / len(lengths))


def zeros_in(lengths: pa.Array) -> int:
    """How many are empty."""
    return int(pc.sum(pc.equal(lengths, 0)).as_py())
