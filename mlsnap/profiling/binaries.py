"""Columns of bytes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.profiling.lengths import lengths_of, zeros_in


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of bytes without nulls; a row at least."""
    lengths = pc.binary_length(present)
    return {
        "empty_count": zeros_in(lengths),
        "lengths": lengths_of(lengths),
        "distinct_count": len(pc.unique(present)),
    }
