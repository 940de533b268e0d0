"""Profiles of single columns, made from plain values."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from partial_profiles import profile_table

from mlsnap.values.column import ColumnProfile


def column(values: Any, type_: pa.DataType | None = None) -> ColumnProfile:
    """The profile of a column of Python values, a NumPy array or an Arrow array."""
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type_)
    return profile_table(pa.table({"x": array}), digest="00" * 32)["x"]


def common(profile: ColumnProfile) -> list[tuple[Any, int]]:
    """The most common values with their counts."""
    return [(each.value, each.count) for each in profile.most_common]
