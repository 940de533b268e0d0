"""A summary of too many values to hold each.

Adaptive dyadic buckets: numbers are mapped onto 64-bit integers in their own order, and of these
the lowest bits are dropped, of all alike, until few enough different ones are left. Of a bucket
its count and the exact sum of what was dropped are kept. The summary is a function of the values
alone: their order, how they were cut, and in which order parts were merged leave no trace.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.ordered import Counted
from mlsnap.profiling.runs import Runs
from mlsnap.profiling.sketch import DistinctSketch, mixed

MOST_BUCKETS = 1 << 16
"""Buckets of a summary at most: 2 MB."""

_AT_ONCE = 1 << 17
"""Distinct values that go into buckets together: 10 MB to work with."""

Integers = NDArray[np.int64]

_LIMB = np.int64((1 << 32) - 1)
_SIGN = np.int64(-(1 << 63))
_MAGNITUDE = np.int64((1 << 63) - 1)


class _Filled(NamedTuple):
    """Buckets in ascending order of their keys.

    Besides the counts two limbs of the sums of the dropped bits, and their extremes.
    """

    keys: Integers
    counts: Integers
    low: Integers
    high: Integers
    least: Integers
    most: Integers


_REDUCE = (np.add, np.add, np.add, np.minimum, np.maximum)


class Buckets:
    """At most `MOST_BUCKETS` buckets of values of one dtype; a monoid under `merge`.

    Parameters
    ----------
    scale
        By what integers are multiplied, cut to whole ones, before they are put into buckets.
    """

    def __init__(self, scale: Fraction = Fraction(1)) -> None:
        self._scale = scale
        self._dtype: np.dtype[Any] = np.dtype(np.float64)
        self._ends: tuple[Any, Any] | None = None
        self._shift = 0
        self._filled = _Filled(*(np.empty(0, np.int64),) * 6)
        self.distinct = DistinctSketch()

    def add(self, runs: Runs) -> None:
        """Take distinct values in ascending order in, with their counts."""
        if not len(runs.values):
            return
        self._dtype = runs.values.dtype
        self._extend((runs.values[0].item(), runs.values[-1].item()))
        for start in range(0, len(runs.values), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            image, rest = _scaled(_image(runs.values[part]), self._scale)
            self.distinct.add(mixed(image.view(np.uint64) ^ mixed(rest.view(np.uint64))))
            nothing = np.zeros(len(image), np.int64)
            self._join(_Filled(image, runs.counts[part], *(nothing,) * 4), 0)

    def merge(self, other: Buckets) -> None:
        """Take the values of ``other`` in."""
        if other._ends:
            self._dtype = other._dtype
            self._extend(other._ends)
            self.distinct.merge(other.distinct)
            self._join(other._filled, other._shift)

    @property
    def rank_error(self) -> float:
        """The largest possible error of a rank as a fraction of all rows: the fullest bucket that
        holds different values.
        """
        counts, blurred = self._filled.counts, self._filled.least < self._filled.most
        return float(counts[blurred].max() / counts.sum()) if blurred.any() else 0.0

    def ordered(self) -> Counted:
        """The values, scaled, as float64: those of a bucket as their mean, the extremes apart."""
        keys, counts, *_, least, most = self._filled
        values = self._means()
        for images, place in ((least, 0), (most, -1)):
            end = float(self._floats(keys[[place]], images[[place]])[0])
            values, counts = _with_end(values, counts, end, place)
        return Counted(Runs(values, counts))

    def extremes(self) -> tuple[Any, Any]:
        """The smallest and the largest value, exact."""
        assert self._ends is not None
        return self._ends

    def _extend(self, ends: tuple[Any, Any]) -> None:
        low, high = ends
        if self._ends:
            low, high = min(low, self._ends[0]), max(high, self._ends[1])
        self._ends = low, high

    def _join(self, others: _Filled, shift: int) -> None:
        mine, wider = self._filled, max(self._shift, shift)
        mine = _coarser(mine, wider - self._shift, self._shift)
        others = _coarser(others, wider - shift, shift)
        both = [np.concatenate(pair) for pair in zip(mine, others, strict=True)]
        order = np.argsort(both[0], kind="stable")
        joined = _reduced(_Filled(*(each[order] for each in both)))
        excess = _excess_bits(joined.keys)
        self._filled, self._shift = _coarser(joined, excess, wider), wider + excess

    def _means(self) -> NDArray[np.float64]:
        """The mean of each bucket; within one, values are spaced evenly but at its very ends."""
        keys, counts, low, high, least, most = self._filled
        means = self._floats(keys, least)
        blurred = np.flatnonzero(least < most)
        if not len(blurred):
            return means
        keys, least, most = keys[blurred], least[blurred], most[blurred]
        base = self._floats(keys, np.zeros_like(keys))
        dropped = (low[blurred] + high[blurred] * 2.0**32) / counts[blurred]
        if self._dtype.kind == "f":
            dropped *= np.spacing(np.abs(base))
        ends = self._floats(keys, least), self._floats(keys, most)
        means[blurred] = np.clip(base + dropped, *ends)
        return means

    def _floats(self, keys: Integers, dropped: Integers) -> NDArray[np.float64]:
        """The values whose images have these keys and these dropped bits."""
        values: NDArray[Any] = _values((keys << self._shift) | dropped, self._dtype)
        return values.astype(np.float64)


def _with_end(
    values: NDArray[np.float64], counts: Integers, end: float, place: int
) -> tuple[NDArray[np.float64], Integers]:
    """The first (or last) bucket as two: its extreme value once, and the mean of the others."""
    if values[place] == end:
        return values, counts
    values, counts = values.copy(), counts.copy()
    counts[place] -= 1
    values[place] += (values[place] - end) / counts[place]
    at = 0 if place == 0 else len(values)
    return np.insert(values, at, end), np.insert(counts, at, 1)


def _scaled(image: Integers, scale: Fraction) -> tuple[Integers, Integers]:
    """Integers times ``scale``, those beyond 64 bits as the last ones, and what was cut off."""
    if scale.denominator > 1:
        whole, rest = np.divmod(image, scale.denominator)
        return whole, rest
    most = ((1 << 63) - 1) // scale.numerator
    return np.clip(image, -most, most) * scale.numerator if most < 1 << 62 else image, image * 0


def _image(values: NDArray[Any]) -> Integers:
    """64-bit integers in the order of ``values``."""
    if values.dtype.kind == "f":
        bits = values.astype(np.float64, copy=False).view(np.int64)
        return bits ^ ((bits >> 63) & _MAGNITUDE)
    if values.dtype == np.uint64:
        return values.view(np.int64) ^ _SIGN
    return values.astype(np.int64, copy=False)


def _values(image: Integers, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The values that `_image` made ``image`` of, in 64 bits."""
    if dtype.kind == "f":
        return (image ^ ((image >> 63) & _MAGNITUDE)).view(np.float64)
    return (image ^ _SIGN).view(np.uint64) if dtype == np.uint64 else image


def _coarser(filled: _Filled, bits: int, shift: int) -> _Filled:
    """The buckets with ``bits`` more bits dropped, beyond the ``shift`` ones that are."""
    if not (bits and len(filled.keys)):
        return filled
    keys, counts, low, high, least, most = filled
    dropped = (keys & np.int64((1 << bits) - 1)) << shift
    low = low + counts * (dropped & _LIMB)
    high = high + counts * (dropped >> 32) + (low >> 32)
    return _reduced(
        _Filled(keys >> bits, counts, low & _LIMB, high, least | dropped, most | dropped)
    )


def _reduced(filled: _Filled) -> _Filled:
    """Buckets with the same key as one."""
    keys = filled.keys
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    if len(starts) == len(keys):
        return filled
    rest = [of.reduceat(each, starts) for of, each in zip(_REDUCE, filled[1:], strict=True)]
    return _Filled(keys[starts], *rest)


def _excess_bits(keys: Integers) -> int:
    """How many more bits have to go until few enough different keys are left."""
    bits = 0
    while (
        len(keys) > MOST_BUCKETS
        and np.count_nonzero((keys[1:] >> bits) != (keys[:-1] >> bits)) >= MOST_BUCKETS
    ):
        bits += 1
    return bits
