from datetime import date, datetime

import pytest
from comparable import nothing, numbers, table, texts
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.comparing.counts import in_percent, value_counts
from mlsnap.comparing.profiles import compare_profiles
from mlsnap.values.column import Kind, ValueCount
from mlsnap.values.difference import NO_BASE, ValueCountDifference


def test_a_change_is_in_percent_of_the_reference():
    assert in_percent(100, 110) == pytest.approx(10)
    assert in_percent(10, 0) == -100


@given(st.integers(1, 10**9))
def test_a_reference_of_zero_is_no_base(current):
    assert in_percent(0, current) == NO_BASE


def test_changed_counts_are_told_by_name_in_json():
    found = compare_profiles(table(texts("a", "a")), table(texts("a")))["x"].to_dict()
    assert found["value_counts"] == [{"value": "a", "reference": 2, "current": 1, "percent": -50.0}]


def test_nothing_to_nothing_is_no_change():
    assert in_percent(0, 0) == 0.0


def test_counts_are_compared_over_the_values_of_both_sides():
    found = value_counts(texts("a", "a", "b"), texts("a", "c"))
    assert found == (
        ValueCountDifference("a", 2, 1, -50.0),
        ValueCountDifference("b", 1, 0, -100.0),
        ValueCountDifference("c", 0, 1, NO_BASE),
    )


def test_a_count_that_was_not_stored_is_not_guessed():
    found = value_counts(texts("a", "a", "b"), texts("c", "c", "a", "b", stored=1))
    assert found == (
        ValueCountDifference("a", 2, None, None),
        ValueCountDifference("b", 1, None, None),
        ValueCountDifference("c", 0, 2, NO_BASE),
    )


def test_an_estimated_number_of_values_proves_nothing_absent():
    current = numbers([1], distinct_exact=False, distinct_count=0)
    (found,) = value_counts(texts("a"), current)
    assert found == ValueCountDifference("a", 1, None, None)


def test_a_column_without_values_has_none_of_any():
    (found,) = value_counts(texts("a"), nothing(Kind.STRING))
    assert found == ValueCountDifference("a", 1, 0, -100.0)


def test_a_day_and_its_midnight_are_one_value():
    day, midnight = date(2019, 5, 23), datetime(2019, 5, 23)
    (found,) = value_counts(
        numbers([1], distinct_count=1, most_common=(ValueCount(day, 4),)),
        numbers([1], distinct_count=1, most_common=(ValueCount(midnight, 5),)),
    )
    assert found == ValueCountDifference(day, 4, 5, 25.0)


def test_nan_is_one_value():
    (found,) = value_counts(
        *(
            numbers([1], distinct_count=1, most_common=(ValueCount(float("nan"), count),))
            for count in (1, 3)
        )
    )
    assert (found.reference, found.current) == (1, 3)
