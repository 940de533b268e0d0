"""Mean, variance, skewness and kurtosis of a column, from its sorted values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 15
_HUGE = 2.0**1000


@dataclass(frozen=True, slots=True)
class Moments:
    """The first four moments; names and definitions as in the profile."""

    mean: float
    standard_deviation: float = math.nan
    variance: float = math.nan
    skewness: float = math.nan
    kurtosis: float = math.nan


def moments_of(ordered: NDArray[Any]) -> Moments:
    """Moments of sorted integers or floats without NaN; one at least.

    Variance and standard deviation divide by n - 1. Skewness is m3 / s**3 and kurtosis
    m4 / s**4 - 3 with m_k the population's central moments and s the standard deviation with
    n - 1: type 3 of Joanes & Gill, "Comparing measures of sample skewness and kurtosis" (1998).
    One value, or a constant, gives NaN for both; infinities make the mean infinite (or NaN) and
    the others NaN, as in pandas.

    Values are first shifted by their median and scaled by a power of two, so that a small spread
    around a large offset keeps its digits, and neither huge nor tiny values leave the range of
    float64; sums depend on nothing but the values.
    """
    if not (np.isfinite(ordered[0]) and np.isfinite(ordered[-1])):
        with np.errstate(invalid="ignore"):
            return Moments(float(ordered[0] + ordered[-1]))
    centre, deviations, scale = _scaled(ordered)
    offset = _sum(deviations) / len(ordered)
    mean = float(centre + Fraction(offset) / scale)
    if len(ordered) == 1:
        return Moments(mean)
    return _central(mean, deviations - offset, scale)


def _central(mean: float, deviations: NDArray[np.float64], scale: Fraction) -> Moments:
    """The moments of values whose distances from ``mean`` are ``deviations / scale``."""
    count = len(deviations)
    second, third, fourth = _power_sums(deviations)
    variance = second / (count - 1)
    spread = math.sqrt(variance)
    return Moments(
        mean=mean,
        standard_deviation=_float(Fraction(spread) / scale),
        variance=_float(Fraction(variance) / scale**2),
        skewness=third / count / spread**3 if spread else math.nan,
        kurtosis=fourth / count / spread**4 - 3 if spread else math.nan,
    )


def _scaled(ordered: NDArray[Any]) -> tuple[Fraction, NDArray[np.float64], Fraction]:
    """The median, the distances from it multiplied by a power of two, and that power.

    The largest distance comes to lie near 1, and no digit is touched on the way.
    """
    middle = ordered[len(ordered) // 2]
    distances, scale = _distances(ordered, middle)
    largest = max(-float(distances[0]), float(distances[-1]))
    exponent = math.frexp(largest)[1] if largest else 0
    return Fraction(middle.item()), np.ldexp(distances, -exponent), scale / Fraction(2) ** exponent


def _distances(ordered: NDArray[Any], middle: Any) -> tuple[NDArray[np.float64], Fraction]:
    """Distances from ``middle``, and what they are multiplied by lest they overflow."""
    if ordered.dtype.kind in "iu":
        return _integer_distances(ordered, middle), Fraction(1)
    values = ordered.astype(np.float64)
    if max(abs(values[0]), abs(values[-1])) > _HUGE:
        return values / 16 - float(middle) / 16, Fraction(1, 16)
    return values - float(middle), Fraction(1)


def _integer_distances(ordered: NDArray[Any], middle: Any) -> NDArray[np.float64]:
    if int(ordered[-1]) - int(ordered[0]) < 1 << 63:
        wide = np.uint64 if ordered.dtype == np.uint64 else np.int64
        with np.errstate(over="ignore"):
            return (ordered.astype(wide) - wide(middle)).view(np.int64).astype(np.float64)
    return ordered.astype(np.float64) - float(middle)


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _sum(values: NDArray[np.float64]) -> float:
    return math.fsum(
        float(values[start : start + _BLOCK].sum()) for start in range(0, len(values), _BLOCK)
    )


def _power_sums(deviations: NDArray[np.float64]) -> tuple[float, float, float]:
    """Sums of the second, third and fourth powers."""
    squares = deviations * deviations
    return _sum(squares), _sum(squares * deviations), _sum(squares * squares)
