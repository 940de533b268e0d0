"""Columns of lists."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.profiling.lengths import lengths_of, zeros_in


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of lists without nulls; a row at least. Lengths are numbers of entries."""
    lengths = pc.list_value_length(present)
    return {"empty_count": zeros_in(lengths), "lengths": lengths_of(lengths)}
