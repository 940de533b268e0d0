"""Pearson's chi-squared statistic of two columns' counts."""

from __future__ import annotations

import math

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shares import Shares, share_distance
from mlsnap.values.difference import Distance

NAME = "chi_squared"


def distance(pair: Pair) -> Distance:
    """The statistic of ``scipy.stats.chi2_contingency(correction=False)`` on the rows by class.

    With n and m rows, shares p and q and those of all rows r it is n m / (n + m) Σ (p - q)² / r.
    It grows with the rows; normalised it is Cramér's V, 0-1. Classes are values, or the bins of
    `mlsnap.comparing.binned.tenths` of both sides.
    """
    found = share_distance(pair.shares, _statistic)
    if found.value is None or isinstance(pair.shares, str):
        return found
    return Distance(found.value, min(math.sqrt(found.value / sum(pair.shares.rows)), 1.0))


def _statistic(shares: Shares) -> float:
    p, q = shares.known
    n, m = shares.rows
    part = n / (n + m)
    pooled = part * p + (1 - part) * q
    gap = p - q
    return float((gap * gap / pooled).sum()) * part * m
