"""When a column is held exactly, and when it moves into buckets."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.spool import Spool

BUDGET = 1 << 15
ROWS, DISTINCT = BUDGET // 32, BUDGET // 256
"""Up to so many rows, or so many distinct values, everything is exact."""


def multiset(*parts: Any, budget: int = BUDGET) -> Multiset:
    made = Multiset(budget=budget)
    for part in parts:
        made.add(np.array(part))
    return made


def rows(found: Multiset) -> list[Any]:
    """All rows in ascending order."""
    values, buckets = found.ordered()
    assert buckets is None
    return [v for runs in values.runs() for v in np.repeat(*runs).tolist()]


def is_exact(found: Multiset) -> bool:
    return found.ordered()[1] is None


LISTS = st.lists(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=40), max_size=8
)


@settings(max_examples=50)
@given(LISTS)
def test_holds_all_values_whatever_their_order(parts: list[list[int]]):
    found = multiset(*(np.array(part, np.int64) for part in parts))

    assert found.row_count == sum(map(len, parts))
    assert rows(found) == sorted(chain.from_iterable(parts))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint8, np.uint16, np.int32, np.uint32])
def test_counting_by_value_reaches_both_ends_of_a_type(dtype: Any):
    ends = np.iinfo(dtype)
    values = np.array([ends.min, ends.max, ends.max, ends.min + 1] * 3, dtype)

    assert rows(multiset(values)) == sorted(values.tolist())
    assert rows(multiset(values[1:3])) == [ends.max] * 2


@pytest.mark.parametrize("far", [0.0, 655.35, 655.36, 1e7, 1e15, np.inf, -np.inf])
def test_hundredths_are_counted_like_other_floats(far: float):
    random = np.random.default_rng(0)
    values = np.append(np.round(random.uniform(-700, 700, 40_000), 2), [far, -0.01, 0.01])

    assert rows(multiset(values, budget=1 << 30)) == np.sort(values).tolist()


@pytest.mark.parametrize("odd", [0.005, 1e-320, 0.1 + 0.2, 1 / 3, np.nextafter(655.0, 0)])
def test_what_is_no_hundredth_stays_what_it_is(odd: float):
    values = np.append(np.round(np.random.default_rng(0).uniform(0, 99, 40_000), 2), odd)

    assert rows(multiset(values, budget=1 << 30)) == np.sort(values).tolist()


# The limits -------------------------------------------------------------------------------------


def test_so_many_rows_are_exact_and_one_more_are_not():
    values = np.arange(ROWS + 1) * 1e9

    assert is_exact(multiset(values[:-1]))
    assert not is_exact(multiset(values))


def test_any_number_of_rows_of_so_few_values_is_exact():
    values = np.tile(np.arange(DISTINCT) * 1e9, 50)

    assert is_exact(multiset(values))
    assert not is_exact(multiset(values, [-1.0]))


KINDS: dict[str, Any] = {
    "floats": lambda random, n: random.normal(size=n),
    "integers": lambda random, n: random.integers(0, 1 << 50, n),
    "dense integers": lambda random, n: random.integers(0, n, n),
    "small integers": lambda random, n: random.integers(0, 60_000, n).astype(np.uint16),
    "hundredths": lambda random, n: np.round(random.uniform(0, 650, n), 2),
    "few": lambda random, n: random.integers(0, 50, n) * 1e9,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [100, 17_000, 20_000])
def test_the_way_values_came_in_does_not_decide(kind: str, rows: int):
    random = np.random.default_rng(1)
    values = KINDS[kind](random, rows)
    for budget in (rows * 32, rows * 32 - 32, len(np.unique(values)) * 256):
        made = [multiset(values, budget=budget)]
        made += [multiset(*np.split(values, 50), budget=budget)]
        made += [multiset(*np.split(np.sort(values), 4), budget=budget)]
        counted = Multiset(budget=budget)
        counted.add(values.copy(), np.ones(rows, np.int64))

        found = {is_exact(each) for each in [*made, counted]}

        assert found == {rows * 32 <= budget or len(np.unique(values)) <= budget // 32 // 8}


def test_early_runs_and_late_rows_are_put_together():
    random = np.random.default_rng(2)
    parts = [np.zeros(500), random.normal(size=5000), np.ones(500), random.normal(size=5000)]

    assert rows(multiset(*parts, budget=1 << 30)) == np.sort(np.concatenate(parts)).tolist()


# The file ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [1 << 30, BUDGET], ids=["exact", "in buckets"])
def test_rows_in_a_file_are_the_same_rows(budget: int):
    random, spool = np.random.default_rng(3), Spool()
    parts = [random.normal(size=900) for _ in range(5)]
    spooled = Multiset(budget=budget)
    for part in parts:
        spooled.add(part.copy())
        spooled.spool(spool)
        assert spooled.nbytes == 0 or budget == BUDGET

    found, plain = spooled.ordered()[0], multiset(*parts, budget=budget).ordered()[0]

    np.testing.assert_array_equal(found.values, plain.values)
