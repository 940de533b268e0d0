"""Text columns."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.profiling.common_values import from_array
from mlsnap.profiling.lengths import lengths_of, zeros_in


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of texts without nulls; a row at least. Order is that of the UTF-8 bytes."""
    extremes = pc.min_max(present)
    lengths = pc.utf8_length(present)
    return {
        "min": extremes["min"].as_py(),
        "max": extremes["max"].as_py(),
        "empty_count": zeros_in(lengths),
        "lengths": lengths_of(lengths),
        **from_array(present),
    }
