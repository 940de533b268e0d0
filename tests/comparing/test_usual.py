from dataclasses import replace

import numpy as np
import pytest
from comparable import booleans, nothing, numbers, table, texts
from scipy import stats

from mlsnap.comparing.profiles import compare_profiles
from mlsnap.comparing.usual import ALPHA, FLOORS


def compared(reference, current, **options):
    sides = (table(each) for each in (reference, current))
    return compare_profiles(*sides, histogram_compare_method=None, **options)["x"]


def normal(rows, seed=0, shift=0.0, **fields):
    return numbers(np.random.default_rng(seed).standard_normal(rows) + shift, **fields)


def words(rows, shares, seed=0):
    return texts(*np.random.default_rng(seed).choice(list("abcd"), rows, p=shares).tolist())


def test_large_samples_may_differ_by_the_floors():
    assert compared(normal(100_000), normal(100_000, seed=1)).usual == {
        "kolmogorov_smirnov": FLOORS["kolmogorov_smirnov"],
        "percent_missing": FLOORS["percent_missing"],
    }


def test_small_samples_may_differ_by_more():
    usual = compared(normal(100), normal(50, seed=1)).usual
    assert usual["kolmogorov_smirnov"] > 0.3
    chance = stats.kstwobign.sf(usual["kolmogorov_smirnov"] / np.sqrt(1 / 100 + 1 / 50))
    assert chance == pytest.approx(ALPHA / 3, rel=0.01)


def test_limits_widen_with_the_number_of_columns():
    many = [normal(200, name=f"x{i}") for i in range(50)]
    found = compare_profiles(table(*many), table(*many), histogram_compare_method=None)
    one = compared(normal(200), normal(200)).usual["kolmogorov_smirnov"]
    assert found["x0"].usual["kolmogorov_smirnov"] > one


def test_categories_may_differ_by_more_the_more_there_are():
    few = texts(*["a", "b"] * 100)
    many = texts(*[f"v{i}" for i in range(100)] * 2)
    limits = [compared(each, each).usual["total_variation"] for each in (few, many)]
    assert limits[0] < limits[1] < 1


def test_two_samples_of_one_distribution_are_usual():
    assert not compared(normal(500), normal(500, seed=1)).drifted
    even = [0.25] * 4
    assert not compared(words(500, even), words(500, even, seed=1)).drifted


def test_half_a_deviation_is_not_usual():
    assert compared(normal(1000), normal(1000, 1, 0.5)).drifted == ("kolmogorov_smirnov",)


def test_a_category_that_doubled_is_not_usual():
    old, new = words(3000, [0.7, 0.2, 0.05, 0.05]), words(3000, [0.5, 0.4, 0.05, 0.05], seed=1)
    assert compared(old, new).drifted == ("total_variation",)


def test_bounds_are_enough_to_tell_a_drift():
    old = texts(*["a"] * 600, *[f"v{i}" for i in range(400)], stored=1)
    new = texts(*["a"] * 200, *[f"v{i}" for i in range(800)], stored=1)
    found = compared(old, new)
    assert found.total_variation is None
    assert found.drifted == ("total_variation",)


def test_booleans_drift_too():
    assert compared(booleans(100, 900), booleans(400, 600)).drifted == ("kolmogorov_smirnov",)


def test_values_that_went_missing_are_not_usual():
    assert compared(normal(1000), nothing(rows=1000)).drifted == ("percent_missing",)
    assert compared(nothing(rows=1000), normal(1000)).drifted == ("percent_missing",)


def test_a_table_without_rows_raises_no_alarm():
    empty = replace(nothing(rows=0), count=0)
    assert compared(normal(1000), empty).usual == {}


def test_what_was_not_measured_has_no_limit():
    sides = table(normal(1000)), table(normal(1000))
    assert set(compare_profiles(*sides)["x"].usual) == {"percent_missing"}


def test_values_that_turn_nan_or_infinite_are_an_alarm():
    before = numbers(np.arange(1000.0))
    after = numbers(np.linspace(0, 999, 900), count=1000, nan_count=60, infinity_count=40)

    assert compared(before, after).drifted == ("percent_not_finite",)
    assert compared(before, after).percent_not_finite == 0.1
