from datetime import time, timedelta

import numpy as np
import pytest
from comparable import booleans, distance, instants, nothing, numbers, texts
from hypothesis import given
from hypothesis import strategies as st
from oracles import ALL, OF_SHARES, ON_AN_AXIS

from mlsnap.comparing.distances import DISTANCES
from mlsnap.comparing.pair import Pair
from mlsnap.values.column import Distribution, Kind
from mlsnap.values.difference import Distance

NAMES = sorted(ON_AN_AXIS)
WITHIN_1 = ["hellinger", "jensen_shannon", "l_infinity", "total_variation"]
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


def bimodal(random):
    return tuple(
        random.standard_normal(ROWS) + 8 * (random.random(ROWS) < share) for share in (0.5, 0.52)
    )


def zipf(random):
    return tuple(random.zipf(power, ROWS).astype(float) for power in (2, 2.05))


FAMILIES = [
    *(normal, normal_unchanged, log_normal, heavy_log_normal, cauchy, zipf),
    *(discrete, a_thousand_integers, spiked, bimodal, far_from_zero, one_outlier),
]
SEEDS = 3


@pytest.fixture(scope="module")
def found():
    """By name, the distances of profiles and of their rows, shape (pairs, 2)."""
    pairs = [make(np.random.default_rng(seed)) for make in FAMILIES for seed in range(SEEDS)]
    sides = [(*pair, Pair(*map(numbers, pair))) for pair in pairs]
    return {
        name: np.array(
            [(DISTANCES[name](pair).value, ALL[name](old, new)) for old, new, pair in sides]
        )
        for name in ALL
    }


def relative(found):
    return np.abs(found[:, 0] / found[:, 1] - 1)


def test_the_folder_names_the_distances():
    assert sorted(DISTANCES) == sorted(ALL)


@given(reference=few, current=few)
def test_it_is_scipys_when_every_row_is_at_a_point(reference, current):
    for name, oracle in ALL.items():
        found = distance(name, numbers(reference), numbers(current)).value
        assert found == pytest.approx(oracle(reference, current), rel=1e-9, abs=1e-7)


@given(reference=few, current=few)
def test_it_is_the_same_from_both_sides(reference, current):
    for name in ALL.keys() - {"population_stability"}:
        there = distance(name, numbers(reference), numbers(current)).value
        back = distance(name, numbers(current), numbers(reference)).value
        assert there == pytest.approx(back, abs=1e-9)


@given(few, few, few)
def test_a_detour_is_no_shorter(first, second, third):
    there, on, direct = (
        distance("wasserstein", numbers(old), numbers(new)).value
        for old, new in ((first, second), (second, third), (first, third))
    )
    assert direct <= there + on + 1e-9


@given(few, few)
def test_it_is_within_0_and_1(reference, current):
    old, new = numbers(reference), numbers(current)
    assert all(0 <= distance(name, old, new).value <= 1 for name in WITHIN_1)


@pytest.mark.parametrize("name", [*WITHIN_1, "kolmogorov_smirnov"])
def test_columns_on_either_side_of_a_number_are_1_apart(name):
    random = np.random.default_rng(0)
    old, new = numbers(random.random(900)), numbers(random.random(500) + 1)
    assert distance(name, old, new).value == pytest.approx(0.2 if name == "l_infinity" else 1)


@pytest.mark.parametrize("make", FAMILIES)
def test_it_is_zero_to_itself(make):
    column = numbers(make(np.random.default_rng(5))[0])
    assert {distance(name, column, column).value for name in ALL} == {0.0}


@pytest.mark.parametrize("make", FAMILIES)
def test_shares_count_not_rows(make):
    values = make(np.random.default_rng(6))[0][:400]
    old, new = numbers(values), numbers(np.repeat(values, 3))
    scale = np.ptp(values)
    assert distance("wasserstein", old, new).value == pytest.approx(0, abs=1e-12 * scale)
    others = [
        distance(name, old, new).value for name in ALL if name not in {"wasserstein", "energy"}
    ]
    assert others == pytest.approx([0] * 7, abs=1e-7)


@given(few, st.integers(-500, 500))
def test_moving_all_rows_is_as_far_as_they_moved(values, step):
    moved = [value + step for value in values]
    found = distance("wasserstein", numbers(values), numbers(moved)).value
    assert found == pytest.approx(abs(step), abs=1e-9)


def test_wasserstein_is_near_scipys_on_the_rows(found):
    errors = relative(found["wasserstein"])
    assert np.median(errors) <= 0.001
    assert errors.max() <= 0.05


def test_energy_is_near_scipys_on_the_rows(found):
    errors = relative(found["energy"])
    assert np.median(errors) <= 0.005
    assert np.quantile(errors, 0.95) <= 0.15


def test_kolmogorov_smirnov_is_near_scipys_on_the_rows(found):
    profiles, rows = found["kolmogorov_smirnov"].T
    assert np.abs(profiles - rows).max() <= 0.001


@pytest.mark.parametrize("name", sorted(OF_SHARES.keys() - {"chi_squared"}))
def test_distances_of_bins_are_near_those_of_the_rows(found, name):
    profiles, rows = found[name].T
    assert np.abs(profiles - rows).max() <= 0.003


def test_cramers_v_is_near_that_of_the_rows(found):
    profiles, rows = np.sqrt(found["chi_squared"] / (2 * ROWS)).T
    assert np.abs(profiles - rows).max() <= 0.003


def test_one_outlier_among_ten_thousand_is_a_small_change():
    reference, current = map(numbers, one_outlier(np.random.default_rng(0)))
    assert distance("wasserstein", reference, current).value == pytest.approx(0.006, abs=1e-4)


def test_it_is_normalised_by_the_references_deviation():
    found = distance("wasserstein", numbers([0, 10, 20]), numbers([5, 15, 25]))
    assert found == Distance(pytest.approx(5), pytest.approx(0.5))


def test_a_constant_reference_has_no_normalised_distance():
    assert distance("wasserstein", numbers([3, 3]), numbers([5, 5])) == Distance(2.0, None)


def test_booleans_are_zero_and_one():
    found = distance("wasserstein", booleans(30, 70), booleans(50, 50))
    assert found.value == pytest.approx(0.2)
    assert found.normalised == pytest.approx(0.2 / np.std([1] * 30 + [0] * 70, ddof=1))


def test_instants_are_apart_by_seconds():
    found = distance("wasserstein", instants(0, 100), instants(60, 160))
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
    assert distance(name, reference, current) == Distance(None, None, reason)


def test_times_of_day_are_not_measured_against_instants():
    noon = numbers([43_200, 43_201], kind=Kind.DATE, min=time(12), max=time(12, 0, 1))
    found = distance("wasserstein", noon, instants(0, 1))
    assert found.reason == "times of day and instants share no scale"


def test_durations_are_apart_by_seconds():
    short = numbers([1, 2], kind=Kind.DATE, min=timedelta(0, 1), max=timedelta(0, 2))
    long = numbers([3, 4], kind=Kind.DATE, min=timedelta(0, 3), max=timedelta(0, 4))
    assert distance("wasserstein", short, long).value == pytest.approx(2)


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_floats_do_not_overflow(name):
    ends = (Distribution((-each, each), (1, 1), (0,), (float("nan"),)) for each in (1.5e308, 1e308))
    found = distance(name, *(numbers([0, 1], distribution=each) for each in ends))
    assert np.isfinite(found.value)
    assert found.value > 0


@pytest.mark.parametrize("name", sorted(OF_SHARES))
def test_booleans_are_counted_by_value(name):
    found = distance(name, booleans(30, 70), booleans(50, 40)).value
    assert found == pytest.approx(OF_SHARES[name]([1] * 30 + [0] * 70, [1] * 50 + [0] * 40))


def test_a_share_of_0_counts_as_a_ten_thousandth():
    found = distance("population_stability", numbers([1, 1]), numbers([1, 2])).value
    assert found == pytest.approx(0.5 * np.log(2) + (0.5 - 0.0001) * np.log(5000))


def test_population_stability_has_the_references_deciles():
    old, new = numbers(np.arange(1000)), numbers(np.arange(550, 1550))
    shares = np.array([0.0001] * 5 + [0.05] + [0.1] * 3 + [0.65])
    expected = ((shares - 0.1) * np.log(shares / 0.1)).sum()
    assert distance("population_stability", old, new).value == pytest.approx(expected, rel=0.01)
