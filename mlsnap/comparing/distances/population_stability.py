"""The population stability index of two columns' shares."""

from __future__ import annotations

import math

import numpy as np

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shares import Floats, Shares, bounded
from mlsnap.values.difference import Distance

NAME = "population_stability"

LEAST = 0.0001
"""A smaller share counts as this one, as is usual for a share of 0: the index stays finite."""


def distance(pair: Pair) -> Distance:
    """Σ (q - p) ln(q / p) over the shares p of the reference and q of the current column.

    By value, or in bins between the reference's deciles (`mlsnap.comparing.binned.tenths`).
    Where not all values are stored there are bounds as of the other distances, see `_least` and
    `_largest`.
    """
    shares = pair.reference_shares
    if isinstance(shares, str):
        return Distance(None, reason=shares)
    if shares.rest is None:
        return Distance(_index(shares))
    return bounded(_least(shares), _largest(shares), shares.reason)


def _index(shares: Shares) -> float:
    return float(_terms(*np.maximum(shares.known, LEAST)).sum())


def _terms(p: Floats, q: Floats) -> Floats:
    return (q - p) * np.log(q / p)


def _least(shares: Shares) -> float:
    """Merging lessens the sum of terms if k classes may have added up to k times `LEAST`."""
    assert shares.rest is not None
    classes = sum(len(each.only) + each.values for each in shares.rest)
    slack = classes * LEAST
    return max(_index(shares.nearest(slack=slack)), _index(shares.merged(slack=slack)))


def _largest(shares: Shares) -> float:
    """Disjoint, and what was not stored in shares as large as can be: a term over p ascends."""
    assert shares.rest is not None
    return _index(shares.apart(stored=True)) + sum(
        (each.most - LEAST) * math.log(each.most / LEAST) * each.share / each.most
        for each in shares.rest
        if each.most > LEAST
    )
