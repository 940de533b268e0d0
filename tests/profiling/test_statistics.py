"""Every statistic of every Arrow type, against the standard library, NumPy, pandas and SciPy."""

from __future__ import annotations

import math
import sys
from bisect import bisect_left, bisect_right
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from generated import DATES, DECIMALS, FAMILIES, FLOATS, INTEGERS, TEXTS
from generated import column as generated
from profiled import column, common
from scipy import stats

from mlsnap.values.column import QUANTILES, ColumnProfile

NUMBERS = [*INTEGERS, *FLOATS, *DECIMALS]
ORDERED = [*NUMBERS, *DATES, *TEXTS, "bool"]
COUNTED = [*ORDERED, "binary", "large_binary", "fixed_size_binary"]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


@cache
def profile(family: str) -> ColumnProfile:
    return column(generated(family))


@cache
def present(family: str) -> list[Any]:
    """The values as they are shown, in ascending order, without nulls and NaN."""
    array = generated(family)
    if getattr(array.type, "unit", "") == "ns":
        array = _in_microseconds(array)
    values = [each for each in array.to_pylist() if each is not None and not _is_nan(each)]
    return sorted(values, key=str.encode if family in TEXTS else None)


def _in_microseconds(array: pa.Array) -> pa.Array:
    type_ = array.type
    timed = pa.timestamp("us", type_.tz) if pa.types.is_timestamp(type_) else pa.duration("us")
    coarse = pa.time64("us") if pa.types.is_time(type_) else timed
    cut = [None if each is None else each // 1000 for each in array.cast(pa.int64()).to_pylist()]
    return pa.array(cut, pa.int64()).cast(coarse)


@cache
def numbers(family: str) -> list[Any]:
    """The values that are numbers, exact: floats with infinities, else fractions."""
    values = present(family)
    return values if family in FLOATS else [Fraction(each) for each in values]


@cache
def finite(family: str) -> np.ndarray[Any, Any]:
    return np.array([float(each) for each in numbers(family) if abs(each) < math.inf])


# Counts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_and_missing_ones_are_counted(family: str):
    array = generated(family)

    assert profile(family).count == len(array)
    assert profile(family).missing_count == array.to_pylist().count(None)


@pytest.mark.parametrize("family", NUMBERS)
def test_kinds_of_numbers_are_counted(family: str):
    array, found, values = generated(family), profile(family), numbers(family)

    assert found.nan_count == sum(_is_nan(each) for each in array.drop_null().to_pylist())
    assert found.infinity_count == sum(abs(each) == math.inf for each in values)
    assert found.zero_count == sum(each == 0 for each in values)
    assert found.negative_count == sum(each < 0 for each in values)


@pytest.mark.parametrize("family", COUNTED)
def test_distinct_values_are_counted_exactly(family: str):
    array = generated(family)
    if pa.types.is_temporal(array.type):
        array = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64())
    cells = array.to_pylist()

    values = {each for each in cells if each is not None and not _is_nan(each)}
    assert profile(family).distinct_count == len(values)
    assert profile(family).distinct_exact


# Values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ORDERED)
def test_extremes_are_exact(family: str):
    found, values = profile(family), present(family)

    assert (found.min, found.max) == (values[0], values[-1])
    assert type(found.max) is type(values[-1])


FINER = ("time64[ns]", "timestamp[ns] with fractions")
"""Values that the standard library has no type for: common ones are shown as text."""


@pytest.mark.parametrize("family", [each for each in ORDERED if each not in FINER])
def test_the_most_common_values_come_by_count_and_then_by_size(family: str):
    counts = Counter(present(family))
    least = 1 if len(counts) <= 100 else 2
    order = str.encode if family in TEXTS else lambda value: value
    ranked = sorted(counts.items(), key=lambda item: (-item[1], order(item[0])))
    expected = [item for item in ranked if item[1] >= least][:100]

    assert common(profile(family)) == expected


@pytest.mark.parametrize("family", TEXTS)
def test_lengths_are_those_of_the_texts(family: str):
    lengths, found = [len(each) for each in present(family)], profile(family)

    assert (found.lengths.min, found.lengths.max) == (min(lengths), max(lengths))
    assert found.lengths.mean == np.mean(lengths)
    assert found.empty_count == lengths.count(0)


# Quantiles and moments --------------------------------------------------------------------------


def averaged_inverse(values: list[Any], share: Fraction) -> Any:
    """Type 2 of Hyndman & Fan, by its definition."""
    rank = len(values) * share
    lower, upper = values[math.ceil(rank) - 1], values[math.floor(rank)]
    if lower == upper:
        return lower
    return (Fraction(lower) + Fraction(upper)) / 2


@pytest.mark.parametrize("family", NUMBERS)
def test_quantiles_are_the_averaged_inverse_of_the_cdf(family: str):
    expected = [averaged_inverse(numbers(family), Fraction(str(q))) for q in QUANTILES.values()]

    for value, exact in zip(profile(family).quantiles, expected, strict=True):
        if family in DECIMALS:
            assert value == pytest.approx(float(exact), rel=4e-16)
        elif family in INTEGERS and exact.denominator == 1:
            assert (value, type(value)) == (exact, int)
        else:
            assert value == float(exact)


def magnitude(family: str) -> float:
    return float(np.abs(finite(family)).max())


@pytest.mark.parametrize("family", NUMBERS)
def test_the_mean_is_that_of_exact_arithmetic(family: str):
    values = numbers(family)
    if not all(abs(each) < math.inf for each in values):
        assert profile(family).mean == pytest.approx(sum(values), nan_ok=True)
        return
    expected = float(sum(map(Fraction, values)) / len(values))

    wide = magnitude(family)
    spread = wide if family in DECIMALS else (finite(family) / wide).std() * wide
    rounding = 2**-53 * spread
    assert profile(family).mean == pytest.approx(expected, rel=4e-16, abs=rounding)


TAME = [each for each in NUMBERS if not each.startswith(("float", "1e308", "log", "denormals"))]


@pytest.mark.parametrize("family", TAME)
def test_variance_is_that_of_exact_arithmetic(family: str):
    cells = [Fraction(each) for each in numbers(family)]
    mean = sum(cells) / len(cells)
    expected = float(sum((each - mean) ** 2 for each in cells) / (len(cells) - 1))

    rel = 1e-6 if family in DECIMALS else 1e-13  # decimals of 18 digits and more are rounded
    assert profile(family).variance == pytest.approx(expected, rel=rel)
    assert profile(family).standard_deviation == pytest.approx(math.sqrt(expected), rel=rel)


@pytest.mark.parametrize("family", TAME)
def test_skewness_and_kurtosis_are_scipys_with_its_bias_taken_out(family: str):
    cells, found = numbers(family), profile(family)
    values = np.array([float(Fraction(each) - Fraction(cells[len(cells) // 2])) for each in cells])
    share = 1 - 1 / len(values)

    assert found.skewness == pytest.approx(stats.skew(values) * share**1.5, rel=1e-7, abs=1e-9)
    kurtosis = (stats.kurtosis(values) + 3) * share**2 - 3
    assert found.kurtosis == pytest.approx(kurtosis, rel=1e-7, abs=1e-9)


def test_moments_of_one_value_and_of_huge_ones_agree_with_pandas():
    values = np.array([1e150, 3e150, -2e150, 5e149])
    found, scaled = column(values), pd.Series(values / 1e150)

    assert found.standard_deviation == pytest.approx(scaled.std() * 1e150, rel=1e-14)
    assert found.skewness == pytest.approx(stats.skew(values / 1e150) * 0.75**1.5, rel=1e-12)


# Whiskers, histogram and distribution -----------------------------------------------------------


@pytest.mark.parametrize("family", NUMBERS)
def test_whiskers_are_the_last_values_within_their_reach(family: str):
    found, values = profile(family), numbers(family)
    low, high = float(found.quantiles[3]), float(found.quantiles[5])
    reach = (high - low) * 1.5
    inside = [each for each in values if low - reach <= each <= high + reach]

    ends = float(found.whisker_low), float(found.whisker_high)
    assert ends == pytest.approx((float(inside[0]), float(inside[-1])), rel=4e-16, abs=0)


@pytest.mark.parametrize("family", NUMBERS)
def test_the_histogram_counts_the_finite_rows_between_its_edges(family: str):
    values, found = np.sort(finite(family)), profile(family).histogram
    inner = values.searchsorted(found.edges[1:-1])

    assert found.edges[0] == pytest.approx(values[0], rel=4e-16, abs=0)
    assert found.edges[-1] == pytest.approx(values[-1], rel=4e-16, abs=0)
    assert list(found.counts) == np.diff([0, *inner, len(values)]).tolist()
    widths = np.diff(np.array(found.edges) / max(magnitude(family), sys.float_info.min))
    assert widths.min() >= widths.max() - 1e-15


def seconds(family: str) -> list[Any]:
    """What the distribution of a family is over, as exact numbers."""
    if family in NUMBERS:
        return sorted(Fraction(each) for each in numbers(family) if abs(each) < math.inf)
    array = generated(family).drop_null()
    if family == "bool":
        return sorted(Fraction(each) for each in array.to_pylist())
    if pa.types.is_date(array.type):
        return [Fraction(each * 86_400) for each in sorted(_counts(array.cast(pa.date32())))]
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
    return [Fraction(each, per_second) for each in sorted(_counts(array))]


def _counts(array: pa.Array) -> list[int]:
    found: list[int] = array.cast(
        pa.int32() if array.type.bit_width == 32 else pa.int64()
    ).to_pylist()
    return found


LONG = ("decimal of 18", "decimal of 30", "decimal of 60", "decimal64", "timestamp[ns] with")
DRAWN = [each for each in [*NUMBERS, *DATES, "bool"] if not each.startswith(LONG)]
"""Those of `LONG` have more digits than float64, in which distributions are."""


@pytest.mark.parametrize("family", DRAWN)
def test_the_distribution_holds_the_cdf_at_its_points(family: str):
    values, found = [float(each) for each in seconds(family)], profile(family).distribution
    first = [bisect_left(values, point) for point in found.points]
    after = [bisect_right(values, point) for point in found.points]

    assert (found.points[0], found.points[-1]) == (values[0], values[-1])
    assert list(found.points) == sorted(set(found.points))
    assert found.count == len(values)
    assert list(found.at) == [b - a for a, b in zip(first, after, strict=True)]
    assert list(found.between) == [b - a for a, b in zip(after[:-1], first[1:], strict=True)]


@pytest.mark.parametrize("family", DRAWN)
def test_the_means_between_points_are_those_of_the_values(family: str):
    exact, found = seconds(family), profile(family).distribution
    values = [float(each) for each in exact]
    rounding = max(map(abs, values)) * 2**-52 + 5e-324

    for left, right, mean in zip(found.points, found.points[1:], found.means, strict=False):
        between = exact[bisect_right(values, left) : bisect_left(values, right)]
        if not between:
            assert math.isnan(mean)
            continue
        expected = float(sum(between) / len(between))
        assert mean == pytest.approx(expected, rel=1e-15, abs=rounding)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.float32, np.float64])
def test_many_rows_have_their_ranks_too(dtype: Any):
    values = np.random.default_rng(0).permutation(np.arange(-60_000, 60_000)) * 16
    array = np.concatenate([values, np.zeros(9), np.full(5, 1600)]).astype(dtype)
    found, ordered = column(array), np.sort(array)
    points = np.array(found.distribution.points)

    assert (found.zero_count, found.negative_count) == (10, 60_000)
    first, after = ordered.searchsorted(points, "left"), ordered.searchsorted(points, "right")
    assert list(found.distribution.at) == (after - first).tolist()
    assert list(found.distribution.between) == (first[1:] - after[:-1]).tolist()
    assert list(found.histogram.counts) == np.histogram(array, found.histogram.edges)[0].tolist()


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_dates_have_the_same_profile_in_every_unit(unit: str):
    whole = column(generated("timestamp[s]"))

    assert column(generated("timestamp[s]").cast(pa.timestamp(unit))) == whole
    assert column(generated("timestamp[s]").cast(pa.timestamp("ns"))) == whole


def test_few_distinct_values_are_all_points():
    found = profile("int64 dense").distribution

    assert list(found.points) == sorted(set(map(float, present("int64 dense"))))
    assert set(found.between) == {0}


def test_decimals_count_by_their_value_and_not_by_their_digits():
    cells = [Decimal("1.0"), Decimal("1.000000"), Decimal("1"), None]

    assert common(column(cells, pa.decimal128(30, 6))) == [(Decimal(1), 3)]
    assert common(column(cells, pa.decimal128(18, 6))) == [(Decimal(1), 3)]
