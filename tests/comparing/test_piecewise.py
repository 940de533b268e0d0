import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.comparing.piecewise import gap_between, pieces_of, standard_deviation
from mlsnap.profiling.distribution import distribution_of
from mlsnap.profiling.ordered import Listed
from mlsnap.values.column import Distribution

NAN = float("nan")
few = st.lists(st.integers(-1000, 1000), min_size=2, max_size=40)
many = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).lognormal(0, 1, 3000))


def one_gap(mean: float) -> Distribution:
    return Distribution(points=(0.0, 10.0), at=(1, 1), between=(8,), means=(mean,))


def test_rows_between_points_fill_the_gap_when_their_mean_is_its_middle():
    pieces = pieces_of(one_gap(5.0))
    assert pieces.low.tolist() == [0, 0, 10]
    assert pieces.high.tolist() == [0, 10, 10]
    assert pieces.mass.tolist() == [1, 8, 1]


@pytest.mark.parametrize(("mean", "low", "high"), [(2.0, 0, 4), (9.0, 8, 10), (0.0, 0, 0)])
def test_rows_between_points_fill_the_widest_part_around_their_mean(mean, low, high):
    pieces = pieces_of(one_gap(mean))
    assert (pieces.low[1], pieces.high[1]) == (low, high)


def test_a_gap_without_rows_is_no_piece():
    pieces = pieces_of(Distribution((0.0, 1.0), (1, 1), (0,), (NAN,)))
    assert pieces.mass.tolist() == [1, 1]


@given(many)
def test_pieces_keep_the_mean_of_all_rows(values):
    pieces = pieces_of(distribution_of(Listed(np.sort(values))))
    mean = (pieces.mass * (pieces.low + pieces.high) / 2).sum() / pieces.mass.sum()
    assert mean == pytest.approx(values.mean())


def test_the_gap_has_its_limits_on_both_sides_of_every_value():
    gap, unit = gap_between(
        Distribution((0.0, 1.0), (1, 1), (0,), (NAN,)), Distribution((1.0,), (2,), (), ())
    )
    assert (gap.width.tolist(), gap.left.tolist(), gap.right.tolist()) == ([1], [0.5], [0.5])
    assert unit == 1


@given(few)
def test_the_deviation_is_that_of_the_rows_when_every_row_is_at_a_point(values):
    found = standard_deviation(distribution_of(Listed(np.sort(np.array(values, dtype=float)))))
    assert found == pytest.approx(np.std(values, ddof=1), abs=1e-9)


def test_the_deviation_is_near_that_of_the_rows_elsewhere():
    values = np.sort(1e9 + np.random.default_rng(1).standard_normal(10_000))
    assert standard_deviation(distribution_of(Listed(values))) == pytest.approx(
        values.std(), rel=1e-3
    )


def test_one_row_has_no_deviation():
    assert np.isnan(standard_deviation(Distribution((1.0,), (1,), (), ())))


def test_the_largest_floats_do_not_overflow():
    wide = Distribution((-1.7e308, 1.7e308), (1, 1), (0,), (NAN,))
    assert standard_deviation(wide) == float("inf")
    gap, unit = gap_between(wide, Distribution((0.0,), (1,), (), ()))
    assert np.isfinite(gap.width).all()
    assert (gap.width * unit).tolist() == [1.7e308, 1.7e308]
