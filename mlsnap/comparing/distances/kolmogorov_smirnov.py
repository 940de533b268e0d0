"""The two-sample Kolmogorov-Smirnov statistic: the largest gap between two CDFs."""

from __future__ import annotations

import numpy as np

from mlsnap.comparing.ordered import ordered_distance
from mlsnap.comparing.pair import Pair
from mlsnap.comparing.piecewise import Overlay
from mlsnap.values.difference import Distance

NAME = "kolmogorov_smirnov"


def distance(pair: Pair) -> Distance:
    """sup |F - G| over two columns' CDFs F and G, the statistic of ``scipy.stats.ks_2samp``, 0-1.

    Equal to SciPy's on the rows themselves where all of them lie on points of the distributions,
    near it elsewhere.
    """
    return ordered_distance(pair, measure=_largest, power=None)


def _largest(overlay: Overlay) -> float:
    return float(max(np.abs(overlay.gap.left).max(), np.abs(overlay.gap.right).max()))
