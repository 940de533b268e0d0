"""Distances along an axis: between columns whose values have an order and a scale."""

from __future__ import annotations

from collections.abc import Callable

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.piecewise import Overlay
from mlsnap.values.difference import Distance


def ordered_distance(
    pair: Pair, *, measure: Callable[[Overlay], float], power: float | None
) -> Distance:
    """The distance that ``measure`` makes of two columns' CDFs.

    Returns
    -------
    Distance
        In the units of the stored distributions (dates: seconds) to the ``power``; also divided
        by the reference's standard deviation to that power, which leaves a number without a unit
        (``None``: it has no unit to begin with); or the reason why there is none.
    """
    if pair.no_axis:
        return Distance(None, reason=pair.no_axis)
    value = measure(pair.overlay)
    if power is None:
        return Distance(value)
    deviation = pair.deviation
    return Distance(value, value / deviation**power if deviation > 0 else None)
