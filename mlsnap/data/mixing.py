"""Mixing words of 64 bits, as SplitMix64 (Steele, Lea & Flood 2014) does at its end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

GOLDEN, FIRST, SECOND = (
    np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
"""SplitMix64's odd numbers: what it counts by, and what it multiplies with."""


def mix(words: Words) -> Words:
    """Every bit made to depend on all, in place; returns ``words``, of any shape."""
    words ^= words >> np.uint64(30)
    words *= FIRST
    words ^= words >> np.uint64(27)
    words *= SECOND
    words ^= words >> np.uint64(31)
    return words
