"""The L∞ or Chebyshev distance of two columns' shares: the largest change of one."""

from __future__ import annotations

import numpy as np

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shares import Floats, bounded
from mlsnap.values.difference import Distance

NAME = "l_infinity"


def distance(pair: Pair) -> Distance:
    """max |p - q|, 0-1.

    Of shares p and q by value, or in the bins of `mlsnap.comparing.binned.tenths` of both sides.
    Where not all values are stored: it is at least the largest gap that is left when each stored
    value is as common on the other side as it can be, and at most the largest when it is not there.
    """
    shares = pair.shares
    if isinstance(shares, str):
        return Distance(None, reason=shares)
    known, rest = _largest_gap(shares.known), shares.rest
    if rest is None:
        return Distance(known)
    lower = max(known, _largest_gap(rest.stored_nearest()))
    upper = max(known, _largest_gap(rest.only), *rest.most)
    return bounded(lower, upper, shares.reason)


def _largest_gap(shares: Floats) -> float:
    return float(np.abs(shares[0] - shares[1]).max(initial=0.0))
