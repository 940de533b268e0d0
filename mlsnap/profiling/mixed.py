"""Columns of values of several types, which have no common order."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from mlsnap.data.mixed import from_text
from mlsnap.profiling.common_values import from_array
from mlsnap.values.profile import ValueCount


def summarise(present: pa.Array) -> dict[str, Any]:
    """Distinct and most common values of a column without nulls; a row at least."""
    fields = from_array(present)
    common = [ValueCount(from_text(str(e.value)), e.count) for e in fields["most_common"]]
    return {**fields, "most_common": tuple(common)}
