"""Profiles of number columns against NumPy and the standard library."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from profiled import column, common

from mlsnap.values.column import QUANTILES, Kind

WIDE = st.floats(allow_nan=True, allow_infinity=True)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
METHOD: Any = "averaged_inverted_cdf"
LARGE = st.integers(-(2**63), 2**63 - 1)


def averaged_inverse(values: list[Any], share: Fraction) -> Any:
    """Type 2 of Hyndman & Fan, by its definition."""
    ordered, rank = sorted(values), len(values) * share
    lower, upper = math.ceil(rank), math.floor(rank) + 1
    return Fraction(ordered[lower - 1] + ordered[upper - 1], 2)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=2000))
def test_quantiles_are_numpys_averaged_inverse(values: list[float]):
    expected = np.quantile(values, list(QUANTILES.values()), method=METHOD)

    half_of_the_smallest = 5e-324  # is rounded either way
    found = column(values).quantiles
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=half_of_the_smallest)


@given(st.lists(FINITE, min_size=1, max_size=50))
@example([1e308, 1.7e308])
@example([5e-324, 0.0])
def test_quantiles_of_floats_are_exact_to_the_last_bit(values: list[float]):
    cells = [Fraction(value) for value in values]
    expected = [float(averaged_inverse(cells, Fraction(str(q)))) for q in QUANTILES.values()]

    assert list(column(values).quantiles) == expected


@given(st.lists(LARGE, min_size=1, max_size=50))
@example([2**62 + 1, 2**62 + 3])
@example(list(range(2**53, 2**53 + 1000)))
def test_quantiles_of_integers_are_exact(values: list[int]):
    found = column(values, pa.int64()).quantiles

    for value, share in zip(found, QUANTILES.values(), strict=True):
        expected = averaged_inverse(values, Fraction(str(share)))
        assert value == (int(expected) if expected.denominator == 1 else float(expected))


def test_quantiles_never_fall():
    found = column([0.1 * i for i in range(7)]).quantiles

    assert list(found) == sorted(found)


@given(st.lists(WIDE, min_size=1, max_size=50))
def test_counts_are_those_of_the_values(values: list[float]):
    found, numbers = (
        column(values, pa.float64()),
        [value for value in values if not math.isnan(value)],
    )

    assert found.count == found.not_missing_count == len(values)
    assert found.missing_count == 0
    assert found.nan_count == len(values) - len(numbers)
    assert found.infinity_count == sum(map(math.isinf, numbers))
    assert found.zero_count == sum(value == 0 for value in numbers)
    assert found.negative_count == sum(value < 0 for value in numbers)
    assert found.distinct_count == len(set(numbers))


@given(st.lists(WIDE, min_size=1, max_size=50))
def test_extremes_are_those_of_all_but_nan(values: list[float]):
    found, numbers = (
        column(values, pa.float64()),
        [value for value in values if not math.isnan(value)],
    )

    assert found.min == min(numbers, default=None)
    assert found.max == max(numbers, default=None)


@given(st.lists(st.integers(-3, 3)))
def test_most_common_values_come_by_count_and_then_by_size(values: list[int]):
    expected = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))

    assert common(column(values, pa.int64())) == expected


def test_of_many_distinct_values_those_that_repeat_are_kept():
    found = column([*range(1000), 5, 5, 7], pa.int64())

    assert common(found) == [(5, 3), (7, 2)]
    assert found.distinct_count == 1000


def test_the_hundred_most_common_are_kept():
    found = column([*range(500), *range(200, 400), *range(390, 400)], pa.int64())

    assert common(found)[:10] == [(value, 3) for value in range(390, 400)]
    assert common(found)[10:] == [(value, 2) for value in range(200, 290)]


def test_unsigned_integers_keep_every_digit():
    found = column([2**64 - 1, 2**64 - 3, 0], pa.uint64())

    assert (found.min, found.max) == (0, 2**64 - 1)
    assert found.quantile("50%") == 2**64 - 3
    assert found.negative_count == 0
    assert common(found)[-1] == (2**64 - 1, 1)


def test_minus_zero_is_zero():
    found = column([-0.0, 0.0, -0.0])

    assert (found.zero_count, found.negative_count, found.distinct_count) == (3, 0, 1)
    assert math.copysign(1, found.min) == 1


def test_infinities_count_in_quantiles_but_not_in_the_distribution():
    found = column([-math.inf, 1.0, 2.0, math.inf])

    assert (found.min, found.max) == (-math.inf, math.inf)
    assert found.quantile("50%") == 1.5
    assert found.distribution.points == (1.0, 2.0)
    assert found.histogram.edges[0] == 1.0


def test_nothing_but_nan_has_counts_only():
    found = column([math.nan, math.nan])

    assert (found.nan_count, found.missing_count) == (2, 0)
    assert (found.min, found.mean, found.quantiles) == (None, None, None)
    assert found.distribution is None


def test_nothing_but_infinities_has_no_distribution():
    found = column([math.inf, math.inf])

    assert found.infinity_count == 2
    assert (found.whisker_low, found.distribution) == (math.inf, None)


def test_one_row_is_all_its_quantiles():
    found = column([7], pa.int8())

    assert found.quantiles == (7,) * 9
    assert found.mean == 7
    assert math.isnan(found.variance)


def test_a_constant_has_one_bin():
    found = column([2.5] * 4)

    assert found.histogram.counts == (4,)
    assert common(found) == [(2.5, 4)]


def test_nulls_are_missing():
    found = column([1, None, None], pa.int64())

    assert (found.count, found.missing_count, found.not_missing_count) == (3, 2, 1)
    assert found.percent_missing == pytest.approx(2 / 3)


def test_a_column_of_nulls_keeps_its_kind():
    found = column([None, None], pa.float32())

    assert (found.type, found.missing_count, found.min) == (Kind.DECIMAL, 2, None)


def test_no_rows_are_no_missing_share():
    found = column([], pa.int64())

    assert (found.count, found.percent_missing, found.mean) == (0, 0.0, None)


def test_half_floats_are_computed_wider():
    found = column(np.array([60000, 60000, 1.5], np.float16))

    assert found.max == 60000
    assert found.mean == pytest.approx(120001.5 / 3)
    assert found.arrow_type == "float16"


def test_decimals_have_exact_extremes_and_distinct_values():
    cells = [Decimal("0.1000000000000000000001"), Decimal("0.1"), None, Decimal("0.1")]
    found = column(cells, pa.decimal128(30, 22))

    assert (found.min, found.max) == (Decimal("0.1"), Decimal("0.1000000000000000000001"))
    assert found.distinct_count == 2
    assert common(found)[0] == (Decimal("0.1"), 2)
    assert found.mean == pytest.approx(0.1)
    assert found.type == Kind.DECIMAL


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 100], [-50, 1, 2, 3, 4], [5, 5]])
def test_whiskers_reach_no_outlier(values: list[int]):
    found = column(values, pa.int64())
    low, high = np.quantile(values, [0.25, 0.75], method=METHOD)
    inside = [v for v in values if low - 1.5 * (high - low) <= v <= high + 1.5 * (high - low)]

    assert (found.whisker_low, found.whisker_high) == (min(inside), max(inside))


@given(st.lists(FINITE, min_size=1, max_size=100))
def test_the_histogram_counts_every_row_once(values: list[float]):
    found = column(values, pa.float64()).histogram

    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1
    assert (found.edges[0], found.edges[-1]) == (min(values), max(values))
