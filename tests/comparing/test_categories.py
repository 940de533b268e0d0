from collections import Counter
from datetime import datetime

import numpy as np
import pytest
from comparable import distance, nothing, numbers, texts
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import OF_SHARES

from mlsnap.values.column import ColumnProfile, Kind, ValueCount
from mlsnap.values.difference import Distance

NAMES = sorted(OF_SHARES)
WITHIN_1 = ["hellinger", "jensen_shannon", "l_infinity", "total_variation"]

rows = st.lists(st.sampled_from("abcdefghijklmnopqrst"), min_size=1, max_size=120)
cut = st.integers(0, 12)
any_side = st.tuples(rows, cut)


def mixed(*values, **fields):
    counts = Counter((type(each), each) for each in values)
    return ColumnProfile(
        **{
            "name": "x",
            "type": Kind.MIXED,
            "arrow_type": "string",
            "count": len(values),
            "missing_count": 0,
            "distinct_count": len(counts),
            "most_common": tuple(ValueCount(k[1], n) for k, n in counts.most_common()),
            **fields,
        }
    )


@given(reference=rows, current=rows)
def test_it_is_scipys_when_all_values_are_stored(reference, current):
    for name, oracle in OF_SHARES.items():
        found = distance(name, texts(*reference), texts(*current)).value
        assert found == pytest.approx(oracle(reference, current), rel=1e-9, abs=1e-7)


@given(reference=any_side, current=any_side)
def test_the_true_distance_is_within_the_bounds(reference, current):
    (old, stored_old), (new, stored_new) = reference, current
    for name, oracle in OF_SHARES.items():
        found = distance(name, texts(*old, stored=stored_old), texts(*new, stored=stored_new))
        least, most = (found.lower, found.upper) if found.value is None else (found.value,) * 2
        assert least - 1e-7 <= oracle(old, new) <= most + 1e-7 * max(most, 1)


@given(reference=any_side, current=any_side)
def test_it_is_the_same_from_both_sides(reference, current):
    old, new = (texts(*values, stored=stored) for values, stored in (reference, current))
    for name in NAMES:
        there, back = distance(name, old, new), distance(name, new, old)
        assert (there.value, there.lower, there.upper) == pytest.approx(
            (back.value, back.lower, back.upper), abs=1e-7
        )


@given(rows)
def test_a_column_is_at_no_distance_from_itself(values):
    column = texts(*values)
    assert {distance(name, column, column).value for name in NAMES} == {0.0}


@given(rows, st.integers(2, 9))
def test_shares_count_not_rows(values, times):
    old, new = texts(*values), texts(*values * times)
    assert [distance(name, old, new).value for name in NAMES] == pytest.approx([0] * 6, abs=1e-7)


@given(rows, rows)
def test_it_is_within_0_and_1(reference, current):
    old, new = texts(*reference), texts(*current)
    assert all(0 <= distance(name, old, new).value <= 1 for name in WITHIN_1)


@pytest.mark.parametrize("name", WITHIN_1)
def test_columns_with_no_value_in_common_are_1_apart(name):
    assert distance(name, texts("a", "a"), texts("b")).value == pytest.approx(1)


@given(rows, rows)
def test_chi_squared_is_normalised_to_cramers_v(reference, current):
    assume(len({*reference, *current}) > 1)
    found = distance("chi_squared", texts(*reference), texts(*current))
    n = len(reference) + len(current)
    assert found.normalised == pytest.approx((found.value / n) ** 0.5)


def test_bounds_say_what_was_stored():
    many = [f"value {i}" for i in range(1200)]
    found = distance("total_variation", texts(*many, stored=100), texts("a", "b"))
    assert found.reason == (
        "the counts of 100 of 1,200 values are stored on the reference side, of 2 of 2 on the "
        "current"
    )
    assert found.value is None
    assert 0 <= found.lower <= found.upper <= 1


def test_bounds_are_narrow_where_most_rows_are_stored():
    random = np.random.default_rng(0)
    old, new = (
        [f"v{each}" for each in np.minimum(random.zipf(a, 20_000), 10_000)] for a in (2.0, 2.2)
    )
    found = distance("total_variation", texts(*old, stored=100), texts(*new, stored=100))
    true = OF_SHARES["total_variation"](old, new)
    assert found.lower <= true <= found.upper
    assert found.upper - found.lower < 0.015


def test_a_value_that_is_not_stored_is_at_most_as_common_as_the_last_that_is():
    common = [*["a"] * 50, *["b"] * 50]
    rare = [f"v{i}" for i in range(100)]
    found = distance("total_variation", texts(*common), texts(*rare, stored=0))
    assert found.lower == pytest.approx(0.98)


def test_the_largest_change_is_known_where_no_other_can_be_larger():
    rare = [f"v{i}" for i in range(50)]
    old, new = texts(*["a"] * 50, *rare, stored=1), texts(*["a"] * 30, *rare, *rare, stored=1)
    assert distance("l_infinity", old, new) == Distance(pytest.approx(0.5 - 30 / 130))


@pytest.mark.parametrize("name", NAMES)
def test_ids_tell_nothing(name):
    ids = [f"id {i}" for i in range(300)]
    found = distance(name, texts(*ids, stored=0), texts(*ids, stored=0))
    assert (found.value, found.lower) == (None, 0)


def test_texts_that_were_cut_are_not_taken_for_equal():
    long = "x" * 1000 + "…"
    found = distance("total_variation", texts(long, long, "a"), texts(long, "a", "a"))
    assert (found.lower, found.upper) == pytest.approx((1 / 3, 2 / 3))


def test_values_of_several_types_are_equal_within_their_type():
    found = distance("total_variation", mixed(1, "1", True, 1.0), mixed(1, 1, 1, "1"))
    assert found.value == pytest.approx(0.5)


def test_mixed_values_too_long_to_be_stored_may_be_the_most_common():
    stored = (ValueCount("a", 1),)
    old = mixed("a", count=100, distinct_count=2, most_common=stored)
    found = distance("l_infinity", old, mixed("a", "b"))
    assert (found.lower, found.upper) == (pytest.approx(0.49), pytest.approx(0.99))


@pytest.mark.parametrize(
    ("reference", "current", "reason"),
    [
        (nothing(Kind.LIST), nothing(Kind.LIST), "lists are not counted by value"),
        (nothing(Kind.BINARY), nothing(Kind.BINARY), "bytes are not counted by value"),
        (nothing(Kind.NULL), texts("a"), "a column of nulls has no values"),
        (texts("a"), nothing(Kind.STRING), "no values on the current side"),
        (texts(None), texts(None), "no values on either side"),
        (texts("1"), numbers([1]), "text and numbers share no values"),
        (numbers([1]), nothing(), "no values on the current side"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_where_it_is_not_defined_it_says_why(name, reference, current, reason):
    assert distance(name, reference, current) == Distance(None, reason=reason)


def test_an_estimated_number_of_values_proves_nothing_complete():
    guessed = ColumnProfile(
        name="x",
        type=Kind.STRING,
        arrow_type="string",
        count=10,
        missing_count=0,
        distinct_count=2,
        distinct_exact=False,
    )
    found = distance("hellinger", guessed, guessed)
    assert (found.lower, found.upper) == (0, 1)
    assert "0 of unknown many values" in found.reason


def test_days_and_texts_share_no_values():
    day = numbers([0], kind=Kind.DATE, min=datetime(1970, 1, 1))
    assert distance("hellinger", texts("a"), day).reason == "text and instants share no values"
