"""The Hellinger distance of two columns' shares."""

from __future__ import annotations

import math

import numpy as np

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shares import Shares, share_distance
from mlsnap.values.difference import Distance

NAME = "hellinger"


def distance(pair: Pair) -> Distance:
    """√(½ Σ (√p - √q)²), 0-1.

    Of shares p and q by value, or in the bins of `mlsnap.comparing.binned.tenths` of both sides.
    """
    return share_distance(pair.shares, _hellinger)


def _hellinger(shares: Shares) -> float:
    roots = np.sqrt(shares.known)
    gap = roots[0] - roots[1]
    return math.sqrt(min(float((gap * gap).sum()) / 2, 1.0))
