"""The energy distance (Székely & Rizzo 2013) of two columns."""

from __future__ import annotations

import math

from mlsnap.comparing.ordered import ordered_distance
from mlsnap.comparing.pair import Pair
from mlsnap.comparing.piecewise import Overlay
from mlsnap.values.difference import Distance

NAME = "energy"


def distance(pair: Pair) -> Distance:
    """√(2 ∫ (F - G)²) over two columns' CDFs F and G, as ``scipy.stats.energy_distance`` has it.

    It has the unit of the square root of the values, so the normalised one is divided by the
    square root of the reference's standard deviation. Equal to SciPy's on the rows themselves where
    all of them lie on points of the distributions, near it elsewhere.
    """
    return ordered_distance(pair, measure=_energy, power=0.5)


def _energy(overlay: Overlay) -> float:
    gap = overlay.gap
    squares = gap.left * gap.left + gap.left * gap.right + gap.right * gap.right
    return math.sqrt(2 * float((gap.width * squares).sum()) / 3) * math.sqrt(overlay.unit)
