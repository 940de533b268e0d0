"""Columns of bytes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.profiling.lengths import lengths_of


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of bytes without nulls; a row at least."""
    values = present.cast(pa.large_binary())
    lengths = pc.binary_length(values)
    return {
        "empty_count": int(pc.sum(pc.equal(lengths, 0)).as_py()),
        "lengths": lengths_of(lengths),
        "distinct_count": len(pc.unique(values)),
    }
