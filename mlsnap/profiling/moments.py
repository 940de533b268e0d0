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
    standard_deviation: float
    variance: float
    skewness: float
    kurtosis: float


def moments_of(ordered: NDArray[Any]) -> Moments | None:
    """Moments of sorted integers or floats; ``None`` for no values.

    Variance and standard deviation divide by n - 1. Skewness is m3 / s**3 and kurtosis
    m4 / s**4 - 3 with m_k the population's central moments and s the standard deviation with
    n - 1: g1 and g2 of type 3 in Joanes & Gill, "Comparing measures of sample skewness and
    kurtosis" (1998). One value, or a constant, gives NaN for both; infinities make the mean
    infinite (or NaN) and the others NaN, as in pandas.

    Values are first shifted by their median, so that a small spread around a large offset keeps
    its digits; sums depend on nothing but the values.
    """
    if not len(ordered):
        return None
    if ordered.dtype.kind == "f" and not (np.isfinite(ordered[0]) and np.isfinite(ordered[-1])):
        with np.errstate(invalid="ignore"):
            return Moments(float(ordered[0] + ordered[-1]), *[math.nan] * 4)
    centre, shifted, shrink = _shift(ordered)
    count = len(shifted)
    offset = _sum(shifted) / count
    deviations = shifted - offset
    scale = _power_of_two(deviations)
    deviations *= scale
    second, third, fourth = _power_sums(deviations)
    mean = float(centre + Fraction(offset) * shrink)
    if count == 1:
        return Moments(mean, *[math.nan] * 4)
    spread = math.sqrt(second / (count - 1))
    deviation = _unscale(spread, scale, shrink)
    return Moments(
        mean=mean,
        standard_deviation=deviation,
        variance=_square(deviation, second / (count - 1), scale, shrink),
        skewness=third / count / spread**3 if spread else math.nan,
        kurtosis=fourth / count / spread**4 - 3 if spread else math.nan,
    )


def _shift(ordered: NDArray[Any]) -> tuple[Fraction, NDArray[np.float64], int]:
    """The median, the distances from it divided by ``shrink``, and ``shrink``."""
    middle = ordered[len(ordered) // 2]
    centre = Fraction(middle.item())
    if ordered.dtype.kind in "iu":
        return centre, _integer_distances(ordered, middle), 1
    values = ordered.astype(np.float64)
    if max(abs(values[0]), abs(values[-1])) > _HUGE:
        return centre, values / 16 - float(middle) / 16, 16
    return centre, values - float(middle), 1


def _integer_distances(ordered: NDArray[Any], middle: Any) -> NDArray[np.float64]:
    if int(ordered[-1]) - int(ordered[0]) < 1 << 63:
        wide = np.uint64 if ordered.dtype == np.uint64 else np.int64
        with np.errstate(over="ignore"):
            return (ordered.astype(wide) - wide(middle)).view(np.int64).astype(np.float64)
    return ordered.astype(np.float64) - float(middle)


def _power_of_two(deviations: NDArray[np.float64]) -> float:
    """A factor that brings the largest deviation near 1 without touching a digit."""
    largest = max(abs(float(deviations[0])), abs(float(deviations[-1])))
    return math.ldexp(1.0, -max(min(math.frexp(largest)[1], 1022), -1000)) if largest else 1.0


def _unscale(value: float, scale: float, shrink: int) -> float:
    return value / scale * shrink


def _square(deviation: float, scaled: float, scale: float, shrink: int) -> float:
    squared = scaled / scale / scale * shrink * shrink
    return squared if math.isfinite(squared) else deviation * deviation


def _sum(values: NDArray[np.float64]) -> float:
    return math.fsum(
        float(values[start : start + _BLOCK].sum()) for start in range(0, len(values), _BLOCK)
    )


def _power_sums(deviations: NDArray[np.float64]) -> tuple[float, float, float]:
    sums: tuple[list[float], list[float], list[float]] = ([], [], [])
    for start in range(0, len(deviations), _BLOCK):
        block = deviations[start : start + _BLOCK]
        square = block * block
        sums[0].append(float(square.sum()))
        sums[1].append(float((square * block).sum()))
        sums[2].append(float((square * square).sum()))
    return math.fsum(sums[0]), math.fsum(sums[1]), math.fsum(sums[2])
