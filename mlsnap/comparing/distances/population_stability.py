"""The population stability index of two columns' shares."""

from __future__ import annotations

import math

import numpy as np

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shares import Floats, Rest, bounded
from mlsnap.values.difference import Distance

NAME = "population_stability"

LEAST = 0.0001
"""A smaller share counts as this one, as is usual for a share of 0: the index stays finite."""


def distance(pair: Pair) -> Distance:
    """Σ (q - p) ln(q / p) over the shares p of the reference and q of the current column.

    By value, or in bins between the reference's deciles (`mlsnap.comparing.binned.tenths`): values
    beyond the reference's own fall into its outermost bins, which hides how far beyond they are,
    and all of it where most of the reference is one value. The other distances tell.
    Where not all values are stored there are bounds as of the other distances, see `_least` and
    `_largest`.
    """
    shares = pair.reference_shares
    if isinstance(shares, str):
        return Distance(None, reason=shares)
    known, rest = _index(shares.known), shares.rest
    if rest is None:
        return Distance(known)
    return bounded(known + _least(rest), known + _largest(rest), shares.reason)


def _index(shares: Floats) -> float:
    p, q = np.maximum(shares, LEAST)
    return float(((q - p) * np.log(q / p)).sum())


def _least(rest: Rest) -> float:
    """Merging lessens the sum of terms if k classes may have added up to k times `LEAST`."""
    slack = (rest.only.shape[1] + sum(rest.values)) * LEAST
    return max(_index(rest.nearest(slack=slack)), _index(rest.merged(slack=slack)))


def _largest(rest: Rest) -> float:
    """Disjoint, and what was not stored in shares as large as can be: a term over p ascends."""
    return _index(rest.only) + sum(
        (most - LEAST) * math.log(most / LEAST) * share / most
        for most, share in zip(rest.most, rest.share, strict=True)
        if most > LEAST
    )
