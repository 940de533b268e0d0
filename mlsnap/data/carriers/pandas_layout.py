"""Which columns of a frame stand row by row in memory: sums of such run in another order.

A frame made of a C-ordered array keeps it; linear algebra on it gives other last bits than on the
same numbers column by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def rows_together(columns: Sequence[Any]) -> list[list[int]]:
    """Positions of the columns that share an array in which a row's values are neighbours."""
    groups: dict[tuple[np.dtype[Any], int], list[int]] = {}
    for position, column in enumerate(columns):
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufcmM":
            stride = column.to_numpy().strides[0]
            if len(column) > 1 and stride > column.dtype.itemsize:
                groups.setdefault((column.dtype, stride), []).append(position)
    return [group for group in groups.values() if len(group) > 1]


def frame_of(columns: Sequence[Any], groups: Sequence[Sequence[int]], *, rows: int) -> Any:
    """A frame of ``columns``, labelled by position, laid out as `rows_together` found it."""
    grouped = {position for group in groups for position in group}
    rest = {n: column for n, column in enumerate(columns) if n not in grouped}
    if not grouped:
        return pd.DataFrame(rest, index=range(rows))
    parts = [_laid_out([columns[n] for n in group], group) for group in groups]
    if rest:
        parts.append(pd.DataFrame(rest, index=range(rows)))
    if len(parts) == 1:
        return parts[0]  # before pandas 3, the copy of a frame is column by column
    return pd.concat(parts, axis=1)[list(range(len(columns)))]


def _laid_out(columns: Sequence[Any], labels: Sequence[int]) -> Any:
    values = np.column_stack([np.asarray(column) for column in columns])
    return pd.DataFrame(np.ascontiguousarray(values), columns=list(labels), copy=False)
