from datetime import time, timedelta

import numpy as np
import pytest
from comparable import booleans, instants, nothing, numbers, texts
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlsnap.comparing.distances import DISTANCES
from mlsnap.values.column import Distribution, Kind
from mlsnap.values.difference import Distance

ORACLES = {"wasserstein": stats.wasserstein_distance, "energy": stats.energy_distance}
NAMES = sorted(ORACLES)
ROWS = 10_000

few = st.lists(st.integers(-1000, 1000), min_size=2, max_size=60)


def normal(random):
    return random.standard_normal(ROWS), random.standard_normal(ROWS) + 0.05


def normal_unchanged(random):
    return random.standard_normal(ROWS), random.standard_normal(ROWS)


def log_normal(random):
    return random.lognormal(0, 1, ROWS), random.lognormal(0, 1, ROWS) * 1.05


def heavy_log_normal(random):
    return random.lognormal(0, 2, ROWS), random.lognormal(0, 2, ROWS) * 1.05


def cauchy(random):
    return random.standard_cauchy(ROWS), random.standard_cauchy(ROWS) + 0.1


def discrete(random):
    return random.poisson(3, ROWS), random.poisson(3.1, ROWS)


def a_thousand_integers(random):
    return random.integers(0, 1000, ROWS), random.integers(0, 1010, ROWS)


def spiked(random):
    return tuple(random.exponential(1, ROWS) * (random.random(ROWS) < p) for p in (0.3, 0.32))


def far_from_zero(random):
    return 1e9 + random.standard_normal(ROWS), 1e9 + random.standard_normal(ROWS) + 0.05


def one_outlier(random):
    values = random.standard_normal(ROWS)
    return values, np.append(values, 60.0)


LIGHT = [
    *(normal, normal_unchanged, log_normal, cauchy, discrete, a_thousand_integers),
    *(spiked, far_from_zero, one_outlier),
]


def errors(name, families, seeds=4):
    """Relative errors against SciPy on the rows, one for each family and seed."""
    pairs = [make(np.random.default_rng(seed)) for make in families for seed in range(seeds)]
    exact = np.array([ORACLES[name](*pair) for pair in pairs])
    found = np.array([DISTANCES[name](*map(numbers, pair)).value for pair in pairs])
    return np.abs(found - exact) / exact


def test_the_folder_names_the_distances():
    assert sorted(DISTANCES) == NAMES


@pytest.mark.parametrize("name", NAMES)
@given(reference=few, current=few)
def test_it_is_scipys_when_every_row_is_at_a_point(name, reference, current):
    found = DISTANCES[name](numbers(reference), numbers(current)).value
    assert found == pytest.approx(ORACLES[name](reference, current), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
@given(reference=few, current=few)
def test_it_is_the_same_from_both_sides(name, reference, current):
    there = DISTANCES[name](numbers(reference), numbers(current)).value
    back = DISTANCES[name](numbers(current), numbers(reference)).value
    assert there == back


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", LIGHT)
def test_it_is_zero_to_itself(name, make):
    column = numbers(make(np.random.default_rng(5))[0])
    assert DISTANCES[name](column, column) == Distance(0.0, 0.0)


@given(few, st.integers(-500, 500))
def test_moving_all_rows_is_as_far_as_they_moved(values, step):
    moved = [value + step for value in values]
    found = DISTANCES["wasserstein"](numbers(values), numbers(moved)).value
    assert found == pytest.approx(abs(step), abs=1e-9)


def test_wasserstein_is_near_scipys_on_the_rows():
    found = errors("wasserstein", LIGHT)
    assert np.median(found) <= 0.001
    assert found.max() <= 0.05


def test_energy_is_near_scipys_on_the_rows():
    found = errors("energy", LIGHT)
    assert np.median(found) <= 0.001
    assert found.max() <= 0.08


def test_tails_of_a_few_extreme_rows_are_where_wasserstein_errs_most():
    assert errors("wasserstein", [heavy_log_normal], seeds=8).max() <= 0.05


def test_one_outlier_among_ten_thousand_is_a_small_change():
    reference, current = map(numbers, one_outlier(np.random.default_rng(0)))
    assert DISTANCES["wasserstein"](reference, current).value == pytest.approx(0.006, abs=1e-4)


def test_it_is_normalised_by_the_references_deviation():
    found = DISTANCES["wasserstein"](numbers([0, 10, 20]), numbers([5, 15, 25]))
    assert found == Distance(pytest.approx(5), pytest.approx(0.5))


def test_a_constant_reference_has_no_normalised_distance():
    assert DISTANCES["wasserstein"](numbers([3, 3]), numbers([5, 5])) == Distance(2.0, None)


def test_booleans_are_zero_and_one():
    found = DISTANCES["wasserstein"](booleans(30, 70), booleans(50, 50))
    assert found.value == pytest.approx(0.2)
    assert found.normalised == pytest.approx(0.2 / np.std([1] * 30 + [0] * 70, ddof=1))


def test_instants_are_apart_by_seconds():
    found = DISTANCES["wasserstein"](instants(0, 100), instants(60, 160))
    assert found == Distance(pytest.approx(60), pytest.approx(60 / np.std([0, 100], ddof=1)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("reference", "current", "reason"),
    [
        (texts("a"), texts("b"), "text has no order to measure along"),
        (nothing(Kind.LIST), nothing(Kind.LIST), "lists have no order to measure along"),
        (nothing(Kind.NULL), nothing(Kind.NULL), "a column of nulls has no values"),
        (numbers([1]), nothing(), "no values on the current side"),
        (nothing(), numbers([1]), "no values on the reference side"),
        (nothing(), nothing(), "no values on either side"),
        (numbers([1]), numbers([1], distribution=None), "no finite values on the current side"),
    ],
)
def test_where_it_is_not_defined_it_says_why(name, reference, current, reason):
    assert DISTANCES[name](reference, current) == Distance(None, None, reason)


def test_times_of_day_are_not_measured_against_instants():
    noon = numbers([43_200, 43_201], kind=Kind.DATE, min=time(12), max=time(12, 0, 1))
    found = DISTANCES["wasserstein"](noon, instants(0, 1))
    assert found.reason == "times of day and instants share no scale"


def test_durations_are_apart_by_seconds():
    short = numbers([1, 2], kind=Kind.DATE, min=timedelta(0, 1), max=timedelta(0, 2))
    long = numbers([3, 4], kind=Kind.DATE, min=timedelta(0, 3), max=timedelta(0, 4))
    assert DISTANCES["wasserstein"](short, long).value == pytest.approx(2)


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_floats_do_not_overflow(name):
    ends = (Distribution((-each, each), (1, 1), (0,), (float("nan"),)) for each in (1.5e308, 1e308))
    found = DISTANCES[name](*(numbers([0, 1], distribution=each) for each in ends))
    assert np.isfinite(found.value)
    assert found.value > 0
