"""Mean, variance, skewness and kurtosis of a column, from its sorted values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.profiling.ordered import Ordered

_HUGE = 2.0**1000
"""Beyond it the distance of two values could overflow."""

_MODERATE = 200
"""Powers of two with such exponents can be raised to the fourth without leaving float64."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The first four moments; names and definitions as in the profile."""

    mean: float
    standard_deviation: float = math.nan
    variance: float = math.nan
    skewness: float = math.nan
    kurtosis: float = math.nan

    def to_dict(self) -> dict[str, float]:
        """All of them by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Origin:
    """The middle of a column and a power of two by which distances from it are multiplied.

    A small spread around a large offset keeps its digits, and neither huge nor tiny values leave
    the range of float64: where the largest distance is far from 1 it is brought there.
    """

    middle: Any
    exponent: int
    halved: int = 0
    as_floats: bool = False

    @classmethod
    def of(cls, rows: Ordered) -> Origin:
        """The origin of finite ``rows``; one at least."""
        low, middle, high = rows.values_at(np.array([0, rows.row_count // 2, rows.row_count - 1]))
        floats = rows.values.dtype.kind == "f"
        wide = not floats and int(high) - int(low) >= 1 << 63
        large = floats and max(-float(low), float(high)) > _HUGE
        plain = cls(middle, 0, 4 * large, wide)
        ends = plain.distances(np.array([low, high], rows.values.dtype))
        largest = float(max(-ends[0], ends[1]))
        exponent = math.frexp(largest)[1] if largest else 0
        return cls(middle, exponent * (abs(exponent) > _MODERATE), plain.halved, wide)

    @property
    def is_plain(self) -> bool:
        """Whether distances are multiplied by nothing."""
        return self.exponent + self.halved == 0

    @property
    def scale(self) -> Fraction:
        """What distances are multiplied by."""
        return 1 / (Fraction(2) ** (self.exponent + self.halved))

    def unscaled(self, value: float, *, power: int = 1) -> float:
        """What a ``value`` would be, had distances not been scaled; it goes with their power."""
        return value if self.is_plain else _float(Fraction(value) / self.scale**power)

    def distances(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The scaled distances of ``values`` from the middle."""
        found = self._plain_distances(values)
        return np.ldexp(found, -self.exponent) if self.exponent else found

    def exactly(self, distance: float) -> float:
        """The value at a scaled ``distance`` from the middle, correctly rounded."""
        middle = self.middle.item()
        if self.is_plain and middle == float(middle):
            return float(middle) + distance
        return float(Fraction(middle) + Fraction(distance) / self.scale)

    def values(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values at scaled ``distances`` from the middle."""
        exponent = self.exponent + self.halved
        return float(self.middle) + (np.ldexp(distances, exponent) if exponent else distances)

    def _plain_distances(self, values: NDArray[Any]) -> NDArray[np.float64]:
        if values.dtype.kind == "f" or self.as_floats:
            if not self.halved:
                return np.subtract(values, float(self.middle), dtype=np.float64)  # type: ignore
            shrink = 0.5**self.halved
            return values * shrink - float(self.middle) * shrink
        wide = np.uint64 if values.dtype == np.uint64 else np.int64
        return (values.astype(wide) - wide(self.middle)).view(np.int64).astype(np.float64)


def moments_of(rows: Ordered) -> Moments:
    """Moments of sorted integers or floats without NaN; one at least.

    Variance and standard deviation divide by n - 1. Skewness is m3 / s**3 and kurtosis
    m4 / s**4 - 3 with m_k the population's central moments and s the standard deviation with
    n - 1: type 3 of Joanes & Gill, "Comparing measures of sample skewness and kurtosis" (1998).
    One value, or a constant, gives NaN for both; infinities make the mean infinite (or NaN) and
    the others NaN, as in pandas.

    Powers are summed around the median, which lies within a standard deviation of the mean, so
    that little is lost when they are moved to the mean; sums depend on nothing but the values.
    """
    low, high = rows.values_at(np.array([0, rows.row_count - 1]))
    if not (np.isfinite(low) and np.isfinite(high)):
        with np.errstate(invalid="ignore"):
            return Moments(float(low + high))
    origin = Origin.of(rows)
    sums = _power_sums(rows, origin)
    return _central(rows.row_count, [each / rows.row_count for each in sums], origin)


def _central(count: int, raw: list[float], origin: Origin) -> Moments:
    """The moments of ``count`` rows whose scaled distances have the ``raw`` moments."""
    shift, second, third, fourth = raw
    mean = origin.exactly(shift)
    if count == 1:
        return Moments(mean)
    variance = max(second - shift**2, 0.0) * count / (count - 1)
    spread = math.sqrt(variance)
    m3 = third - 3 * shift * second + 2 * shift**3
    m4 = fourth - 4 * shift * third + 6 * shift**2 * second - 3 * shift**4
    return Moments(
        mean=mean,
        standard_deviation=origin.unscaled(spread),
        variance=origin.unscaled(variance, power=2),
        skewness=m3 / spread**3 if spread else math.nan,
        kurtosis=m4 / spread**4 - 3 if spread else math.nan,
    )


def _power_sums(rows: Ordered, origin: Origin) -> list[float]:
    """Sums of the first four powers of the scaled distances, each in a fixed order."""
    sums: list[list[float]] = [[], [], [], []]
    for values, counts in rows.blocks():
        first = origin.distances(values)
        second = first * first
        powers = (first, second, second * first, second * second)
        for total, power in zip(sums, powers, strict=True):
            total.append(float(power.sum() if counts is None else (power * counts).sum()))
    return [math.fsum(each) for each in sums]


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
