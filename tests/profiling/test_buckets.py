"""Beyond the budget: what is exact, what is close, and how close it is said to be."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from partial_profiles import TableSummary
from profiled import common

from mlsnap.values.column import QUANTILES, ColumnProfile

BUDGET = 1 << 20
"""Exact up to 32,768 rows or 4,096 distinct values."""

ROWS = 200_000


def _mix(random: Any, rows: int) -> Any:
    narrow, wide = random.uniform(1e9, 1e9 + 1, rows // 2), random.uniform(-300, 300, rows // 2)
    return np.concatenate([narrow, 10**wide])


TAME: dict[str, Any] = {
    "normal": lambda random, rows: random.normal(size=rows),
    "lognormal": lambda random, rows: random.lognormal(0, 2, rows),
    "Cauchy": lambda random, rows: random.standard_cauchy(rows),
    "uniform": lambda random, rows: random.uniform(-1, 1, rows),
    "exponential": lambda random, rows: random.exponential(size=rows),
    "negative": lambda random, rows: -random.lognormal(3, 1, rows),
    "float32": lambda random, rows: random.normal(size=rows).astype(np.float32),
    "prices": lambda random, rows: np.round(random.lognormal(6, 2, rows), 2),
    "integers": lambda random, rows: random.integers(-(2**40), 2**40, rows),
    "all integers": lambda random, rows: random.integers(-(2**63), 2**63 - 1, rows),
    "near 2^62": lambda random, rows: 2**62 + random.integers(0, 10**7, rows),
    "int32": lambda random, rows: random.integers(-(2**31), 2**31, rows).astype(np.int32),
    "uint64": lambda random, rows: random.integers(0, 2**64 - 1, rows, np.uint64),
    "near 2^64": lambda random, rows: (
        np.uint64(2**64 - 1) - random.integers(0, 10**7, rows, np.uint64)
    ),
    "denormals": lambda random, rows: random.integers(-(10**7), 10**7, rows) * 5e-324,
    "far off": lambda random, rows: 1e12 + random.normal(scale=1e3, size=rows),
}

HARD: dict[str, Any] = {
    "zipf": lambda random, rows: random.zipf(1.3, rows).clip(max=1 << 62),
    "spikes": lambda random, rows: np.where(
        random.random(rows) < 0.5, random.integers(0, 5, rows), random.normal(size=rows)
    ),
    "mixed scales": _mix,
    "log-uniform": lambda random, rows: 10 ** random.uniform(-300, 300, rows),
    "infinities": lambda random, rows: np.where(
        random.random(rows) < 0.01, random.choice([-np.inf, np.inf], rows), random.normal(size=rows)
    ),
    "one infinity": lambda random, rows: np.append(random.normal(size=rows - 1), np.inf),
    "huge": lambda random, rows: random.uniform(-1.7, 1.7, rows) * 1e308,
}

ALL = TAME | HARD


@cache
def values(name: str) -> Any:
    return ALL[name](np.random.default_rng(0), ROWS)


@cache
def profile(name: str) -> ColumnProfile:
    return profiled(values(name))


def profiled(found: Any, *, budget: int = BUDGET) -> ColumnProfile:
    array = found if isinstance(found, pa.Array) else pa.array(found)
    summary = TableSummary(pa.schema([("x", array.type)]), budget=budget)
    summary.update(pa.record_batch({"x": array}))
    return summary.profile(digest="")["x"]


# What is said of the error ----------------------------------------------------------------------


def rank_error(name: str) -> float:
    """The largest distance of a stored quantile's rank from the right one, in shares."""
    ordered, errors = np.sort(values(name)), []
    exact = [int(each) for each in ordered] if ordered.dtype.kind in "iu" else ordered.tolist()
    for share, value in zip(QUANTILES.values(), profile(name).quantiles, strict=True):
        below, up_to = _rank(exact, value, before=True), _rank(exact, value, before=False)
        errors.append(max(below / ROWS - share, share - up_to / ROWS, 0.0))
    return max(errors)


def _rank(exact: list[Any], value: Any, *, before: bool) -> int:
    from bisect import bisect_left, bisect_right

    return bisect_left(exact, value) if before else bisect_right(exact, value)


@pytest.mark.parametrize("name", ALL)
def test_the_stated_rank_error_is_not_exceeded(name: str):
    assert rank_error(name) <= profile(name).rank_error + 1 / ROWS


@pytest.mark.parametrize("name", TAME)
def test_the_stated_rank_error_is_small(name: str):
    assert 0 < profile(name).rank_error < 1e-3


def test_the_stated_rank_error_owns_up_where_scales_are_mixed():
    assert profile("mixed scales").rank_error > 0.4


# What stays exact -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_extremes_and_counts_stay_exact(name: str):
    found, array = profile(name), values(name)

    assert (found.min, found.max) == (array.min().item(), array.max().item())
    assert found.count == ROWS
    assert found.infinity_count == np.isinf(array).sum()


@pytest.mark.parametrize("name", [each for each in ALL if each != "denormals"])
def test_signs_and_zeros_stay_exact_away_from_zero(name: str):
    found, array = profile(name), values(name)

    assert found.negative_count == (array < 0).sum()
    assert found.zero_count == (array == 0).sum()


@pytest.mark.parametrize("name", ALL)
def test_the_distribution_holds_every_finite_row_between_the_extremes(name: str):
    found, finite = profile(name).distribution, values(name)[np.isfinite(values(name))]

    assert found.count == len(finite)
    assert (found.points[0], found.points[-1]) == (float(finite.min()), float(finite.max()))
    assert list(found.points) == sorted(set(found.points))
    assert list(profile(name).quantiles) == sorted(profile(name).quantiles)


# What is close ----------------------------------------------------------------------------------

MOMENTS = [each for each in TAME if each != "Cauchy"]


@pytest.mark.parametrize("name", MOMENTS)
def test_the_mean_is_that_of_the_values_but_for_rounding(name: str):
    array = values(name)
    exact = array.astype(object).sum() / ROWS if array.dtype.kind in "iu" else math.fsum(array)
    mean = exact if array.dtype.kind in "iu" else exact / ROWS

    close = 1e-12 * profile(name).standard_deviation
    assert profile(name).mean == pytest.approx(float(mean), rel=1e-15, abs=close)


@pytest.mark.parametrize("name", MOMENTS)
def test_the_deviation_is_off_by_a_hundred_millionth_of_itself_at_most(name: str):
    array = values(name)
    middle = int(array[0]) if array.dtype.kind in "iu" else float(array[0])
    scale = 5e-324 if name == "denormals" else 1.0
    distances = np.array([float((each - middle) / scale) for each in array.tolist()])

    expected = distances.std(ddof=1) * scale
    assert profile(name).standard_deviation == pytest.approx(expected, rel=1e-8, abs=0)


@pytest.mark.parametrize("name", [each for each in ALL if each != "prices"])
def test_distinct_values_are_estimated_within_five_standard_errors(name: str):
    found, exact = profile(name), len(np.unique(values(name)))

    assert not found.distinct_exact
    assert found.distinct_count == pytest.approx(exact, rel=5 * 0.0079)


def test_distinct_values_are_exact_while_the_sketch_holds_each():
    found = profiled(np.tile(np.arange(10_000) * 1e9, 4))

    assert (found.distinct_count, found.distinct_exact) == (10_000, False)
    assert found.rank_error == 0


# At the limits ----------------------------------------------------------------------------------


def test_so_many_rows_are_exact_and_say_so():
    whole, more = profiled(values("normal")[:32_768]), profiled(values("normal")[:32_769])

    assert (whole.distinct_exact, whole.rank_error) == (True, 0.0)
    assert (more.distinct_exact, more.rank_error) == (False, 0.0)


def test_few_enough_distinct_values_are_exact_however_many_rows_have_them():
    found = profiled(np.tile(np.arange(4096) * 1e9, 40))

    assert (found.distinct_exact, found.distinct_count) == (True, 4096)
    assert common(found)[0] == (0.0, 40)


@pytest.mark.parametrize("name", ["normal", "integers", "uint64", "infinities", "mixed scales"])
def test_the_order_of_rows_leaves_no_trace(name: str):
    found = profiled(np.random.default_rng(1).permutation(values(name)))

    assert found.to_dict() == profile(name).to_dict()
    assert profiled(np.sort(values(name))) == profile(name)


# Other kinds ------------------------------------------------------------------------------------


def test_decimals_in_buckets_are_close():
    units = np.random.default_rng(2).integers(-(10**12), 10**12, ROWS)
    found = profiled(pa.array(units).cast(pa.decimal128(19, 0)).cast(pa.decimal128(18, 0)))

    assert (int(found.min), int(found.max)) == (units.min(), units.max())
    assert 0 < found.rank_error < 1e-3
    assert found.mean == pytest.approx(units.mean(), abs=1e-6 * units.std())


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_instants_in_buckets_are_the_same_in_every_unit(unit: str):
    seconds = pa.array(np.random.default_rng(3).integers(-(10**9), 9 * 10**9, ROWS))
    found = profiled(seconds.cast(pa.timestamp("s")).cast(pa.timestamp(unit)))

    assert found == profiled(seconds.cast(pa.timestamp("s")))
    assert 0 < found.rank_error < 1e-3


def test_nanoseconds_in_buckets_keep_their_extremes_and_are_told_apart_when_counted():
    instants = np.random.default_rng(4).integers(0, 50_000_000, ROWS)
    found = profiled(pa.array(instants, pa.timestamp("ns")))

    assert found.min == pa.scalar(int(instants.min()) // 1000, pa.timestamp("us")).as_py()
    assert found.distinct_count == pytest.approx(len(np.unique(instants)), rel=0.04)


def test_instants_beyond_microseconds_keep_their_extremes():
    seconds = np.random.default_rng(5).integers(-(2**62), 2**62, ROWS)
    found = profiled(pa.array(seconds, pa.timestamp("s")))

    assert found.max == f"{seconds.max()} s since 1970"


def test_texts_in_buckets_have_an_estimate_of_their_distinct_count():
    numbers = np.random.default_rng(6).integers(0, 100_000, ROWS)
    found = profiled(pa.array(numbers).cast(pa.string()))

    assert not found.distinct_exact
    assert found.distinct_count == pytest.approx(len(np.unique(numbers)), rel=0.04)
    assert (found.min, found.lengths.max) == (min(map(str, numbers)), 5)
