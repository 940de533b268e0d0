import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.comparing.piecewise import Curve, Overlay, curves_of, standard_deviation
from mlsnap.profiling.distribution import distribution_of
from mlsnap.profiling.ordered import Listed
from mlsnap.values.column import Distribution

NAN = float("nan")
few = st.lists(st.integers(-1000, 1000), min_size=2, max_size=40)
many = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).lognormal(0, 1, 3000))


def one_gap(mean: float) -> Distribution:
    return Distribution(points=(0.0, 10.0), at=(1, 1), between=(8,), means=(mean,))


def curve_of(distribution: Distribution) -> Curve:
    (curve,) = curves_of(distribution)
    return curve


def distribution(values) -> Distribution:
    return distribution_of(Listed(np.sort(np.asarray(values, dtype=float))))


def test_rows_between_points_fill_the_gap_when_their_mean_is_its_middle():
    curve = curve_of(one_gap(5.0))
    assert curve.up_to(np.array([-1.0, 0, 5, 9.99, 10])) == pytest.approx([0, 0.1, 0.5, 0.8992, 1])
    assert curve.below(np.array([0.0, 5, 10, 11])) == pytest.approx([0, 0.5, 0.9, 1])


@pytest.mark.parametrize(("mean", "low", "high"), [(2.0, 0, 4), (9.0, 8, 10), (0.0, 0, 0)])
def test_rows_between_points_fill_the_widest_part_around_their_mean(mean, low, high):
    curve = curve_of(one_gap(mean))
    ends = np.array([low, high], dtype=float)
    assert curve.below(ends[1:] + 1e-9)[0] == pytest.approx(0.9 if high < 10 else 1)
    assert curve.up_to(ends[:1])[0] == pytest.approx(0.1 if low < high else 0.9)


@given(few, many)
def test_curves_made_together_are_those_made_alone(discrete, continuous):
    sides = [distribution(discrete), distribution(continuous)]
    for made, alone in zip(curves_of(*sides), map(curve_of, sides), strict=True):
        assert made.count == alone.count
        assert made.up_to(alone.knots).tolist() == alone.up_to(alone.knots).tolist()
        assert made.below(alone.knots).tolist() == alone.below(alone.knots).tolist()


def test_a_gap_without_rows_is_flat():
    curve = curve_of(Distribution((0.0, 1.0, 2.0), (1, 1, 1), (0, 1), (NAN, 1.5)))
    assert curve.up_to(np.array([0.0, 0.5])).tolist() == [0.25, 0.25]


@given(many)
def test_curves_keep_the_mean_of_all_rows(values):
    curve = curve_of(distribution(values))
    middle = (curve.knots[1:] + curve.knots[:-1]) / 2
    assert (np.diff(curve.heights) * middle).sum() == pytest.approx(values.mean())


@given(many)
def test_curves_ascend_from_0_to_1(values):
    curve = curve_of(distribution(values))
    assert (np.diff(curve.knots) >= 0).all()
    assert (np.diff(curve.heights) >= 0).all()
    assert (curve.heights[0], curve.heights[-1]) == (0, 1)


def test_the_gap_has_its_limits_on_both_sides_of_every_value():
    one = Distribution((1.0,), (2,), (), ())
    gap = Overlay(Distribution((0.0, 1.0), (1, 1), (0,), (NAN,)), one).gap
    wide = gap.width > 0
    assert (gap.left[wide].tolist(), gap.right[wide].tolist()) == ([0.5], [0.5])


@given(few)
def test_the_deviation_is_that_of_the_rows_when_every_row_is_at_a_point(values):
    found = standard_deviation(curve_of(distribution(values)))
    assert found == pytest.approx(np.std(values, ddof=1), abs=1e-9)


def test_the_deviation_is_near_that_of_the_rows_elsewhere():
    values = 1e9 + np.random.default_rng(1).standard_normal(10_000)
    found = standard_deviation(curve_of(distribution(values)))
    assert found == pytest.approx(values.std(), rel=1e-3)


def test_one_row_has_no_deviation():
    assert np.isnan(standard_deviation(curve_of(Distribution((1.0,), (1,), (), ()))))


@pytest.mark.parametrize("size", [5e-324, 1e-300, 1.0, 1.7e308])
def test_numbers_of_any_size_are_told_apart(size):
    wide = Distribution((-size, size), (1, 1), (0,), (NAN,))
    overlay = Overlay(wide, Distribution((0.0,), (1,), (), ()))
    gap = overlay.gap
    assert (gap.width[gap.width > 0] * overlay.unit).tolist() == [size, size]
    deviation = standard_deviation(overlay.sides[0])
    assert deviation == pytest.approx(2**0.5 * (size / overlay.unit))


def test_rows_between_the_smallest_numbers_do_not_overflow():
    tiny = Distribution((0.0, 5e-324, 1.0), (1, 1, 1), (0, 4), (NAN, 2e-300))
    assert Overlay(tiny, Distribution((0.5,), (1,), (), ())).gap.left.max() <= 1
