"""Boolean columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from mlsnap.profiling.distribution import distribution_of
from mlsnap.values.profile import ValueCount


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of booleans without nulls; a row at least. False sorts before True."""
    true = present.true_count
    counts = [(False, len(present) - true), (True, true)]
    seen = [ValueCount(value, count) for value, count in counts if count]
    return {
        "min": seen[0].value,
        "max": seen[-1].value,
        "distinct_count": len(seen),
        "most_common": tuple(sorted(seen, key=lambda each: -each.count)),
        "distribution": distribution_of(np.repeat([0.0, 1.0], [len(present) - true, true])),
    }
