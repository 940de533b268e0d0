"""A summary of too many values to hold each.

Adaptive dyadic buckets: numbers are mapped onto 64-bit integers in their own order, and of these
the lowest bits are dropped, of all alike, until few enough different ones are left. Of a bucket
its count and the exact sum of what was dropped are kept. The summary is a function of the values
alone: their order, how they were cut, and in which order parts were merged leave no trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.ordered import Counted
from mlsnap.profiling.runs import Runs
from mlsnap.profiling.sketch import DistinctSketch, mixed

MOST_BUCKETS = 1 << 16
"""Buckets of a summary at most: 2 MB."""

Integers = NDArray[np.int64]

_EXACT = 2.0**53
"""Up to it float64 holds every integer."""

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

    def add(self, pieces: Iterable[Runs]) -> None:
        """Take distinct values with their counts in, in ascending order piece by piece."""
        waiting: list[_Filled] = []
        for runs in pieces:
            self._dtype = runs.values.dtype
            self._extend((runs.values[0].item(), runs.values[-1].item()))
            waiting.append(_coarser(self._exactly(runs), self._shift, 0))
            if sum(len(each.keys) for each in waiting) > MOST_BUCKETS // 2:
                self._join_all(waiting)
        if waiting:
            self._join_all(waiting)

    def merge(self, other: Buckets) -> None:
        """Take the values of ``other`` in."""
        if other._ends:
            self._dtype = other._dtype
            self._extend(other._ends)
            self.distinct.merge(other.distinct)
            self._join(other._filled, other._shift)

    @property
    def nbytes(self) -> int:
        """Memory that is taken."""
        return sum(each.nbytes for each in self._filled)

    @property
    def rank_error(self) -> float:
        """The largest possible error of a rank as a fraction of all rows: the fullest bucket that
        holds different values.
        """
        counts, blurred = self._filled.counts, self._filled.least < self._filled.most
        return float(counts[blurred].max() / counts.sum()) if blurred.any() else 0.0

    def ordered(self) -> Counted:
        """The values, scaled: those of a bucket as their mean, the extremes apart.

        As float64, unless integers are too large for it. Floats of a bucket are spaced evenly.
        """
        keys, counts, low, high, least, most = self._filled
        parts = _Means(keys, counts, low + high * 2.0**32, least, most).with_ends()
        if self._dtype.kind != "f":
            images = (parts.keys << self._shift) | parts.rounded()
            values = _values(images, self._dtype)
            large = max(-float(values[0]), float(values[-1])) > _EXACT
            return Counted(Runs(values if large else self._between(parts), parts.counts))
        return Counted(Runs(self._between(parts), parts.counts))

    def extremes(self) -> tuple[Any, Any]:
        """The smallest and the largest value, exact."""
        assert self._ends is not None
        return self._ends

    def _exactly(self, runs: Runs) -> _Filled:
        """A bucket for each value, which is counted as one that occurs."""
        image, rest = _scaled(_image(runs.values), self._scale)
        words = image.view(np.uint64)
        self.distinct.add(mixed(words if rest is None else words ^ mixed(rest.view(np.uint64))))
        return _Filled(image, runs.counts, *(np.zeros(len(image), np.int64),) * 4)

    def _extend(self, ends: tuple[Any, Any]) -> None:
        low, high = ends
        if self._ends:
            low, high = min(low, self._ends[0]), max(high, self._ends[1])
        self._ends = low, high

    def _join_all(self, waiting: list[_Filled]) -> None:
        self._join(_Filled(*map(np.concatenate, zip(*waiting, strict=True))), self._shift)
        waiting.clear()

    def _join(self, others: _Filled, shift: int) -> None:
        mine, wider = self._filled, max(self._shift, shift)
        mine = _coarser(mine, wider - self._shift, self._shift)
        others = _coarser(others, wider - shift, shift)
        order = np.argsort(np.concatenate((mine.keys, others.keys)), kind="stable")
        pairs = zip(mine, others, strict=True)
        joined = _reduced(_Filled(*(np.concatenate(pair)[order] for pair in pairs)))
        excess = _excess_bits(joined.keys)
        self._filled, self._shift = _coarser(joined, excess, wider), wider + excess

    def _between(self, parts: _Means) -> NDArray[np.float64]:
        """The means as float64."""
        values = self._floats(parts.keys, parts.least)
        blurred = parts.least < parts.most
        keys, distances = parts.keys[blurred], parts.means()[blurred]
        first = self._floats(keys, np.zeros_like(keys))
        if self._dtype.kind == "f":
            distances *= np.spacing(np.abs(first))
        ends = values[blurred], self._floats(keys, parts.most[blurred])
        values[blurred] = np.clip(first + distances, *ends)
        return values

    def _floats(self, keys: Integers, dropped: Integers) -> NDArray[np.float64]:
        """The values whose images have these keys and these dropped bits."""
        return _values((keys << self._shift) | dropped, self._dtype).astype(np.float64)


class _Means(NamedTuple):
    """Buckets on their way out: with the sums of the dropped bits, and their extremes."""

    keys: Integers
    counts: Integers
    sums: NDArray[np.float64]
    least: Integers
    most: Integers

    def means(self) -> NDArray[np.float64]:
        """The mean of the dropped bits."""
        return self.sums / self.counts

    def rounded(self) -> Integers:
        """The same, as whole numbers."""
        return np.clip(np.rint(self.means()).astype(np.int64), self.least, self.most)

    def with_ends(self) -> _Means:
        """The same with the smallest and the largest value in buckets of their own."""
        return self._with_end(0, self.least[:1])._with_end(-1, self.most[-1:])

    def _with_end(self, place: int, end: Integers) -> _Means:
        if self.counts[place] == 1 or self.least[place] == self.most[place]:
            return self
        counts, sums = self.counts.copy(), self.sums.copy()
        counts[place] -= 1
        sums[place] -= float(end[0])
        one = _Means(self.keys[[place]], np.ones(1, np.int64), end.astype(np.float64), end, end)
        rest = self._replace(counts=counts, sums=sums)
        pairs = zip(one, rest, strict=True) if place == 0 else zip(rest, one, strict=True)
        joined: Any = map(np.concatenate, pairs)
        return _Means(*joined)


def _scaled(image: Integers, scale: Fraction) -> tuple[Integers, Integers | None]:
    """Integers times ``scale``, those beyond 64 bits as the last ones, and what was cut off."""
    if scale == 1:
        return image, None
    if scale.denominator > 1:
        whole, rest = np.divmod(image, scale.denominator)
        return whole, rest
    most = ((1 << 63) - 1) // scale.numerator
    return np.clip(image, -most, most) * scale.numerator, None


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
