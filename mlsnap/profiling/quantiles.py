"""Quantiles and whiskers of a column, from its sorted values."""

from __future__ import annotations

import numpy as np

from mlsnap.profiling.ordered import Ordered
from mlsnap.values.column import QUANTILES

Number = int | float

_THOUSANDTHS = [round(share * 1000) for share in QUANTILES.values()]


def quantiles_of(rows: Ordered) -> tuple[Number, ...]:
    """The nine stored quantiles; one row at least.

    The averaged inverse CDF: type 2 of Hyndman & Fan, "Sample quantiles in statistical
    packages" (1996), NumPy's ``averaged_inverted_cdf``. Ranks are computed in integers. A
    quantile of integers that is one itself is an integer, so large ones stay exact.
    """
    ranks = [divmod(rows.row_count * share, 1000) for share in _THOUSANDTHS]
    upper = rows.values_at(np.array([rank for rank, _ in ranks])).tolist()
    lower = rows.values_at(np.array([rank - (not rest) for rank, rest in ranks])).tolist()
    return tuple(map(_middle, lower, upper))


def whiskers_of(rows: Ordered, low: Number, high: Number) -> tuple[Number, Number]:
    """The extreme values within 1.5 interquartile ranges of the quartiles (Tukey 1977).

    Parameters
    ----------
    rows
        One at least.
    low, high
        Their quartiles.
    """
    reach = (float(high) - float(low)) * 1.5 if low != high else 0.0
    first = int(rows.ranks_of(float(low) - reach, "left"))
    last = int(rows.ranks_of(float(high) + reach, "right")) - 1
    ends = rows.values_at(np.array([min(first, rows.row_count - 1), max(last, 0)])).tolist()
    return ends[0], ends[1]


def _middle(lower: Number, upper: Number) -> Number:
    if lower == upper:
        return upper
    if isinstance(lower, int) and isinstance(upper, int):
        total = lower + upper
        return total / 2 if total % 2 else total // 2
    largest = max(abs(lower), abs(upper))
    return lower / 2 + upper / 2 if largest > 1e300 else (lower + upper) / 2
