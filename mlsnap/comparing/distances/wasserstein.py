"""The first Wasserstein or earth mover's distance: how far the rows have to be carried."""

from __future__ import annotations

import numpy as np

from mlsnap.comparing.ordered import ordered_distance
from mlsnap.comparing.pair import Pair
from mlsnap.comparing.piecewise import Overlay
from mlsnap.values.difference import Distance

NAME = "wasserstein"


def distance(pair: Pair) -> Distance:
    """∫ |F - G| over two columns' CDFs F and G, as ``scipy.stats.wasserstein_distance`` has it.

    It has the unit of the values. Equal to SciPy's on the rows themselves where all of them lie
    on points of the distributions (a column of up to some 500 distinct values), near it elsewhere.
    """
    return ordered_distance(pair, measure=_area, power=1.0)


def _area(overlay: Overlay) -> float:
    gap = overlay.gap
    left, right = np.abs(gap.left), np.abs(gap.right)
    height = left + right
    crossing = np.flatnonzero(gap.left * gap.right < 0)
    left, right = left[crossing], right[crossing]
    height[crossing] = (left * left + right * right) / (left + right)
    return float((gap.width * height).sum() / 2) * overlay.unit
