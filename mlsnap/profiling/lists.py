"""Columns of lists."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data.types import entry_type
from mlsnap.profiling.lengths import lengths_of


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of lists without nulls; a row at least. Lengths are numbers of entries."""
    if pa.types.is_map(present.type):
        present = present.cast(pa.list_(entry_type(present.type)))
    lengths = pc.list_value_length(present)
    return {
        "empty_count": int(pc.sum(pc.equal(lengths, 0)).as_py()),
        "lengths": lengths_of(lengths),
    }
