"""The first Wasserstein or earth mover's distance: how far the rows have to be carried."""

from __future__ import annotations

import numpy as np

from mlsnap.comparing.ordered import ordered_distance
from mlsnap.comparing.piecewise import Gap
from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import Distance

NAME = "wasserstein"


def distance(reference: ColumnProfile, current: ColumnProfile) -> Distance:
    """∫ |F - G| over two columns' CDFs F and G, as ``scipy.stats.wasserstein_distance`` has it.

    It has the unit of the values. Equal to SciPy's on the rows themselves where all of them lie
    on points of the distributions (a column of up to some 500 distinct values), near it elsewhere.
    """
    return ordered_distance(reference, current, measure=_area)


def _area(gap: Gap, unit: float) -> float:
    left, right = np.abs(gap.left), np.abs(gap.right)
    total = left + right
    crossing = gap.left * gap.right < 0
    squares = left * left + right * right
    height = np.divide(squares, total, out=total.copy(), where=crossing)
    return float((gap.width * height).sum() / 2) * unit
