from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from comparable import booleans, instants, nothing, numbers, texts
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.comparing.pair import Pair
from mlsnap.comparing.shapes import BINS, MOST_VALUES, shapes_of
from mlsnap.values.column import Kind
from mlsnap.values.difference import Shapes


def shapes(reference, current):
    return shapes_of(Pair(reference, current))


def normal(**fields):
    return numbers(np.random.default_rng(0).standard_normal(10_000), **fields)


def test_numbers_are_drawn_in_bins_of_one_width():
    values = np.random.default_rng(0).random(4000)
    drawn = shapes(numbers(values), numbers(values * 2))
    edges = np.array(drawn.labels)
    assert len(edges) == BINS + 1
    assert np.diff(edges) == pytest.approx(np.diff(edges)[0])
    for shares, rows in ((drawn.reference, values), (drawn.current, values * 2)):
        inner = np.searchsorted(np.sort(rows), edges[1:-1]) / len(rows)
        assert shares == pytest.approx(np.diff(inner, prepend=0, append=1), abs=1e-3)


def test_a_row_far_out_does_not_squash_the_others():
    drawn = shapes(normal(), numbers([*np.random.default_rng(1).standard_normal(9999), 1e6]))
    assert drawn.labels[-1] < 12
    assert max(drawn.reference) < 0.3


def test_the_outermost_bins_hold_what_lies_beyond():
    drawn = shapes(normal(), numbers([*np.zeros(995), *[1e6] * 5]))
    assert drawn.current[-1] == pytest.approx(0.005)


@given(st.lists(st.floats(-1e150, 1e150), min_size=1), st.lists(st.floats(-9, 9), min_size=1))
def test_shares_of_all_bins_are_1_in_sum(reference, current):
    drawn = shapes(numbers(reference), numbers(current))
    assert len(drawn.labels) == len(drawn.reference) + 1 == len(drawn.current) + 1
    assert list(drawn.labels) == sorted(drawn.labels)
    assert (sum(drawn.reference), sum(drawn.current)) == pytest.approx((1, 1))


def test_a_constant_is_one_bin():
    assert shapes(numbers([3, 3]), numbers([3])) == Shapes((3.0, 3.0), (1.0,), (1.0,))


def test_each_of_few_integers_has_a_bin():
    old, new = (numbers(each, kind=Kind.INTEGER) for each in ([1, 1, 2, 5], [2, 4]))
    assert shapes(old, new) == Shapes(
        (1, 2, 3, 4, 5, 6), (0.5, 0.25, 0, 0, 0.25), (0, 0.5, 0, 0.5, 0)
    )


def test_bins_of_many_integers_hold_as_many_each():
    whole = numbers(np.arange(1000), kind=Kind.INTEGER)
    drawn = shapes(whole, whole)
    assert {type(edge) for edge in drawn.labels} == {int}
    assert len(set(np.diff(drawn.labels).tolist())) == 1


def test_edges_of_days_are_days():
    days = [date(2019, 5, 1), date(2019, 6, 30)]
    seconds = [86_400.0 * (day.toordinal() - date(1970, 1, 1).toordinal()) for day in days]
    column = numbers(seconds, kind=Kind.DATE, min=days[0], max=days[1])
    drawn = shapes(column, column)
    assert drawn.labels[:2] == (date(2019, 5, 1), date(2019, 5, 5))
    assert drawn.reference[0] == drawn.reference[-1] == 0.5


def test_edges_of_instants_are_instants():
    drawn = shapes(instants(0, 100), instants(0, 200))
    assert drawn.labels[0] == datetime(1970, 1, 1)
    assert drawn.labels[-1] == datetime(1970, 1, 1, 0, 3, 20)


def test_edges_keep_the_time_zone():
    noon = datetime(2019, 5, 23, 12, tzinfo=UTC)
    column = numbers([noon.timestamp()], kind=Kind.DATE, min=noon, max=noon)
    assert shapes(column, column).labels == (noon, noon)


@pytest.mark.parametrize(
    ("least", "most"),
    [(time(0), time(23, 59, 59)), (timedelta(0), timedelta(seconds=86_399))],
)
def test_edges_of_times_and_durations_are_such(least, most):
    column = numbers([0, 86_399], kind=Kind.DATE, min=least, max=most)
    drawn = shapes(column, column)
    assert (drawn.labels[0], drawn.labels[-1]) == (least, most)


def test_dates_that_python_cannot_hold_are_not_drawn():
    column = numbers([0, 1e15], kind=Kind.DATE, min=datetime(1970, 1, 1), max="later")
    assert shapes(column, column) is None


def test_booleans_are_drawn_by_value():
    assert shapes(booleans(1, 3), booleans(2, 2)) == Shapes((False, True), (0.75, 0.25), (0.5, 0.5))


def test_texts_are_drawn_by_value_the_most_common_first():
    drawn = shapes(texts("b", "a", "b", None), texts("a", "a", "a", "c"))
    assert drawn.labels == ("a", "b", "c")
    assert drawn.reference == pytest.approx((1 / 3, 2 / 3, 0))
    assert drawn.current == pytest.approx((0.75, 0, 0.25))


def test_only_the_most_common_values_are_drawn():
    many = texts(*"abcdefghijklmnopqrstuvwxyz")
    assert len(shapes(many, many).labels) == MOST_VALUES


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (nothing(), nothing()),
        (numbers([1]), texts("a")),
        (texts("a", stored=0), texts("b", stored=0)),
        (nothing(Kind.LIST), nothing(Kind.LIST)),
    ],
)
def test_where_there_is_nothing_to_draw_there_is_no_shape(reference, current):
    assert shapes(reference, current) is None
