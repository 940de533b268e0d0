"""Shares of two columns whose values have an order: by value if there are few, else in bins."""

from __future__ import annotations

import numpy as np

from mlsnap.comparing.piecewise import Overlay
from mlsnap.comparing.shares import Shares, shares_of
from mlsnap.values.column import Distribution

FEW = 20
"""Up to so many distinct values on both sides together, each is a class of its own."""

_TENTHS = np.arange(1, 10) / 10
_ROUNDING = 1e-12


def few_shares(reference: Distribution, current: Distribution) -> Shares | None:
    """Shares by value, ``None`` where there are more than `FEW` or not all are known."""
    if max(len(reference.points), len(current.points)) > FEW:
        return None
    values = sorted({*reference.points, *current.points})
    if len(values) > FEW or any(reference.between) or any(current.between):
        return None
    shares = np.array([_by_value(side, values) for side in (reference, current)])
    return shares_of(shares, rows=(reference.count, current.count))


def tenths(overlay: Overlay) -> tuple[Shares, Shares]:
    """Shares in ten bins that each hold a tenth of both sides, and in ten of the reference.

    As near to a tenth as repeated values allow. With H the mean of the two sides' CDFs (they weigh
    the same, however many rows they have), or the reference's CDF, bin k reaches from after c(k-1)
    up to and with c(k), the smallest value x with H(x) >= k / 10; the first and the last bin are
    open. Bins between equal ends are empty.
    """
    heights = overlay.heights
    both = (heights[0] + heights[1]) / 2, heights[0]
    places = np.array([each.searchsorted(_TENTHS - _ROUNDING) for each in both])
    before, after = heights.take(places - 1, axis=1), heights.take(places, axis=1)
    low, high = (np.array(((ends[0, 0] + ends[1, 0]) / 2, ends[0, 1])) for ends in (before, after))
    along = np.maximum((_TENTHS - low) / (high - low), places % 2)
    shares = np.ones((2, 2, 10))
    shares[..., :-1] = before + np.minimum(along, 1) * (after - before)
    shares[..., 1:] -= shares[..., :-1].copy()
    return shares_of(shares[:, 0], rows=overlay.rows), shares_of(shares[:, 1], rows=overlay.rows)


def _by_value(distribution: Distribution, values: list[float]) -> list[float]:
    rows, count = dict(zip(distribution.points, distribution.at, strict=True)), distribution.count
    return [rows.get(value, 0) / count for value in values]
