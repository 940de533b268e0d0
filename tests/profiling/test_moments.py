"""Moments against exact rational arithmetic, SciPy and pandas."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from mlsnap.profiling.moments import Moments, moments_of
from mlsnap.profiling.ordered import Listed

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NOISE = 1e9 + np.random.default_rng(0).normal(scale=1e-3, size=1000)
FAR = 1e12 + np.random.default_rng(1).normal(size=100_000)


def exact_moments(values: list[Any]) -> Moments:
    """By definition, in rational numbers and decimals of 60 digits."""
    cells = [Fraction(value) for value in values]
    count = len(cells)
    mean = sum(cells) / count
    second, third, fourth = (sum((cell - mean) ** power for cell in cells) for power in (2, 3, 4))
    with localcontext(Context(prec=60)):
        variance = _decimal(second / (count - 1))
        spread = variance.sqrt()
        return Moments(
            mean=float(mean),
            standard_deviation=float(spread),
            variance=float(variance),
            skewness=float(_decimal(third / count) / spread**3) if spread else math.nan,
            kurtosis=float(_decimal(fourth / count) / spread**4 - 3) if spread else math.nan,
        )


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def assert_close(found: Moments, expected: Moments) -> None:
    rounding = 1e-15 * expected.standard_deviation if expected.standard_deviation < 1e300 else 1e293
    assert found.mean == pytest.approx(expected.mean, rel=1e-14, abs=rounding)
    assert found.standard_deviation == pytest.approx(expected.standard_deviation, rel=1e-12, abs=0)
    assert found.variance == pytest.approx(expected.variance, rel=1e-12, abs=0)
    assert found.skewness == pytest.approx(expected.skewness, rel=1e-9, abs=1e-9, nan_ok=True)
    assert found.kurtosis == pytest.approx(expected.kurtosis, rel=1e-9, abs=1e-9, nan_ok=True)


@given(st.lists(FINITE, min_size=2, max_size=20))
@example([1e308, -1e308])
@example([1.7e308, 1.6e308, 1.7e308])
@example([0.0, 5e-324])
@example([5e-324, 1e-323, 2e-323])
@example([1e9 + 1e-6, 1e9, 1e9 - 1e-6])
def test_floats_have_their_exact_moments(values: list[float]):
    assert_close(moments_of(Listed(np.sort(values))), exact_moments(values))


@given(arrays(np.int64, st.integers(2, 20)))
@example(np.array([-(2**63), 2**63 - 1]))
@example(2**62 + np.arange(1000))
def test_integers_have_their_exact_moments(values: Any):
    assert_close(moments_of(Listed(np.sort(values))), exact_moments(values.tolist()))


@given(arrays(np.uint64, st.integers(2, 20)))
@example(np.array([2**64 - 1, 2**64 - 2, 2**64 - 5], np.uint64))
def test_unsigned_integers_have_their_exact_moments(values: Any):
    assert_close(moments_of(Listed(np.sort(values))), exact_moments(values.tolist()))


@pytest.mark.parametrize("values", [NOISE, FAR[:2000]], ids=["1e9 and 1e-3", "1e12 and 1"])
def test_a_small_spread_around_a_large_offset_keeps_its_digits(values: Any):
    assert_close(moments_of(Listed(np.sort(values))), exact_moments(values.tolist()))


@given(arrays(np.float64, st.integers(4, 200), elements=st.floats(-1e3, 1e3)))
def test_agrees_with_scipy_after_its_own_bias_is_taken_out(values: Any):
    if np.ptp(values) < 1e-3:
        return
    found, share = moments_of(Listed(np.sort(values))), 1 - 1 / len(values)

    assert found.skewness == pytest.approx(stats.skew(values) * share**1.5, rel=1e-6, abs=1e-6)
    kurtosis = (stats.kurtosis(values) + 3) * share**2 - 3
    assert found.kurtosis == pytest.approx(kurtosis, rel=1e-6, abs=1e-6)


def test_agrees_with_pandas_over_many_blocks():
    series = pd.Series(np.random.default_rng(2).gamma(2, size=100_000))
    found = moments_of(Listed(np.sort(series.to_numpy())))

    assert found.mean == pytest.approx(series.mean(), rel=1e-13)
    assert found.variance == pytest.approx(series.var(), rel=1e-12)
    assert found.standard_deviation == pytest.approx(series.std(), rel=1e-12)
    assert found.skewness == pytest.approx(series.skew(), rel=1e-4)


def test_one_value_has_a_mean_only():
    found = moments_of(Listed(np.array([3.5])))

    assert found.mean == 3.5
    assert math.isnan(found.variance)
    assert math.isnan(found.skewness)


@pytest.mark.parametrize("value", [0.1, 1e308, 5e-324, 2**62, -7])
def test_a_constant_has_no_spread_and_no_shape(value: float):
    found = moments_of(Listed(np.array([value] * 7)))

    assert found.mean == value
    assert found.variance == 0
    assert found.standard_deviation == 0
    assert math.isnan(found.skewness)
    assert math.isnan(found.kurtosis)


def test_an_infinity_makes_the_mean_infinite_and_the_rest_undefined():
    found = moments_of(Listed(np.array([1.0, math.inf])))

    assert found.mean == math.inf
    assert math.isnan(found.variance)


def test_two_infinities_leave_no_mean():
    assert math.isnan(moments_of(Listed(np.array([-math.inf, 1.0, math.inf]))).mean)
