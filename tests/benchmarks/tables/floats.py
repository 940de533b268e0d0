"""A wide table: 500 columns of floats, of five shapes, a third of them with nulls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from tables.columns import Numbers, Random, random, with_nulls

TABLE = 2
COLUMNS = 500

_SHAPES: tuple[Callable[[Random, int], Numbers], ...] = (
    lambda source, rows: source.standard_normal(rows),
    lambda source, rows: source.lognormal(0, 2, rows),
    lambda source, rows: source.exponential(1, rows) * (source.random(rows) < 0.3),
    lambda source, rows: source.standard_t(2, rows),
    lambda source, rows: np.round(source.gamma(2, 2, rows), 1),
)


def measurements(rows: int) -> pa.Table:
    """Normal, skewed, mostly zero, heavy-tailed and rounded columns in turn."""
    return pa.table({f"x{number:03}": _column(number, rows) for number in range(COLUMNS)})


def _column(number: int, rows: int) -> pa.Array:
    source = random(TABLE, number)
    values = _SHAPES[number % len(_SHAPES)](source, rows)
    return with_nulls(source, values, 0.02 if number % 3 == 0 else 0)
