"""How many different values there are, where there are too many to hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_KEPT = 1 << 14
"""Hashes that are kept: a relative standard error of 1 / sqrt(16,384), 0.8 %."""


class DistinctSketch:
    """The smallest hashes of the values: k minimum values, a monoid under `merge`.

    Bar-Yossef et al., "Counting distinct elements in a data stream" (2002), with the unbiased
    estimate of Beyer et al., "On synopses for distinct-value estimation" (2007).
    """

    def __init__(self) -> None:
        self._smallest: Hashes = np.empty(0, np.uint64)

    def add(self, hashes: Hashes) -> None:
        """Take values in, of each a hash that is spread evenly over 64 bits."""
        self._keep(hashes)

    def merge(self, other: DistinctSketch) -> None:
        """Take the values of ``other`` in."""
        self._keep(other._smallest)

    @property
    def count(self) -> int:
        """The number of different values, exact up to 16,384."""
        if len(self._smallest) < _KEPT:
            return len(self._smallest)
        return round((_KEPT - 1) * 2.0**64 / float(self._smallest[-1]))

    def _keep(self, hashes: Hashes) -> None:
        if len(self._smallest) == _KEPT:
            hashes = hashes[hashes < self._smallest[-1]]
        if len(hashes):
            both = np.sort(np.concatenate((self._smallest, hashes)))
            self._smallest = both[np.append(True, both[1:] != both[:-1])][:_KEPT]


def mixed(values: Hashes) -> Hashes:
    """64-bit integers spread evenly, each onto another one: the finaliser of splitmix64
    (Steele et al., "Fast splittable pseudorandom number generators", 2014).
    """
    found = values ^ (values >> np.uint64(30))
    found *= np.uint64(0xBF58476D1CE4E5B9)
    found ^= found >> np.uint64(27)
    found *= np.uint64(0x94D049BB133111EB)
    found ^= found >> np.uint64(31)
    return found
