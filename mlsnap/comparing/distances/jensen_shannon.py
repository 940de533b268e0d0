"""The Jensen-Shannon distance of two columns' shares."""

from __future__ import annotations

import math

import numpy as np

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shares import Shares, share_distance
from mlsnap.values.difference import Distance

NAME = "jensen_shannon"

_NO_LOGARITHM = 1e-300
"""Stands for a ratio of 0, whose logarithm is multiplied by 0."""


def distance(pair: Pair) -> Distance:
    """√ of the Jensen-Shannon divergence (Lin 1991) in bits, as
    ``scipy.spatial.distance.jensenshannon(base=2)`` has it, 0-1.

    Of shares p and q by value, or in the bins of `mlsnap.comparing.binned.tenths` of both sides.
    """
    return share_distance(pair.shares, _root_of_divergence)


def _root_of_divergence(shares: Shares) -> float:
    both = shares.known
    ratio = both / ((both[0] + both[1]) / 2)
    bits = float((both * np.log2(np.maximum(ratio, _NO_LOGARITHM))).sum()) / 2
    return math.sqrt(min(max(bits, 0.0), 1.0))
