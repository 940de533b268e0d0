"""Text columns."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.profiling.common_values import from_array
from mlsnap.profiling.lengths import lengths_of


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of texts without nulls; a row at least. Order is that of the UTF-8 bytes."""
    texts = present.cast(pa.large_string())
    extremes = pc.min_max(texts)
    lengths = pc.utf8_length(texts)
    return {
        "min": extremes["min"].as_py(),
        "max": extremes["max"].as_py(),
        "empty_count": int(pc.sum(pc.equal(lengths, 0)).as_py()),
        "lengths": lengths_of(lengths),
        **from_array(texts),
    }
