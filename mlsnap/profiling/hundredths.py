"""Runs of floats that are hundredths of integers, such as prices, without sorting them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.runs import Runs, merged, runs_of

_OTHER = 1 << 17
"""Hundredths that are counted by their number, of values within 655.36 of zero; and the number
of all others.
"""

_NONE = -1

_SAMPLE = 1 << 10
_MOST_OTHERS = 0.05
_BLOCK = 1 << 15
_LEAST_ROWS = 1 << 14


def hundredths(values: NDArray[np.float64]) -> Runs | None:
    """The runs of ``values`` if each is an integer divided by 100, and nearly all are small.

    ``None`` where counting them so is not possible, or no gain.
    """
    if len(values) < _LEAST_ROWS or _is_other(values[:: len(values) // _SAMPLE]):
        return None
    bins = np.empty(len(values), np.int64)
    for start in range(0, len(values), _BLOCK):
        block = _bins(values[start : start + _BLOCK])
        if (block == _NONE).any():
            return None
        bins[start : start + _BLOCK] = block
    counts = np.bincount(bins, minlength=_OTHER + 1)
    found = np.flatnonzero(counts[:_OTHER])
    small = Runs((found - _OTHER // 2) / 100, counts[found])
    return merged([small, runs_of(np.sort(values[bins == _OTHER]))]) if counts[_OTHER] else small


def _is_other(sample: NDArray[np.float64]) -> bool:
    bins = _bins(sample)
    return bool((bins == _NONE).any() or (bins == _OTHER).mean() > _MOST_OTHERS)


def _bins(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which hundredth each value is; `_OTHER` for large ones and `_NONE` for what is none."""
    with np.errstate(over="ignore"):
        numbers = np.rint(values * 100)
        exact = numbers / 100 == values
    small = np.abs(numbers) < _OTHER // 2
    bins = np.where(small, numbers, _OTHER // 2).astype(np.int64) + _OTHER // 2
    if not exact.all():
        bins[~exact] = _NONE
    return bins
