"""The total variation distance of two columns' shares."""

from __future__ import annotations

import numpy as np

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shares import Shares, share_distance
from mlsnap.values.difference import Distance

NAME = "total_variation"


def distance(pair: Pair) -> Distance:
    """½ Σ |p - q|: the share of the rows, 0-1, that would have to change their class.

    Of shares p and q by value, or in the bins of `mlsnap.comparing.binned.tenths` of both sides.
    """
    return share_distance(pair.shares, _half_of_gaps)


def _half_of_gaps(shares: Shares) -> float:
    return min(float(np.abs(shares.known[0] - shares.known[1]).sum()) / 2, 1.0)
