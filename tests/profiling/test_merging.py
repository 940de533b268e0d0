"""Partial profiles are monoids: merging them in any way gives the profile of all rows."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import reduce

import numpy as np
import pyarrow as pa
import pytest
from generated import FAMILIES, column, table
from hypothesis import given, settings
from hypothesis import strategies as st
from partial_profiles import TableSummary

from mlsnap.profiling import vocabulary
from mlsnap.profiling.columns import ColumnSummary
from mlsnap.values.profile import Profile

BUDGETS = {"exact": 1 << 30, "some in buckets": 1 << 14, "all in buckets": 1 << 8}

WHOLE = table(rows=600, seed=4)


def summary(whole: pa.Table, budget: int, *, chunk: int = 500) -> TableSummary:
    made = TableSummary(whole.schema, budget=budget)
    for batch in whole.to_batches(chunk):
        made.update(batch)
    return made


def bits(found: TableSummary) -> str:
    """The profile, floats to the last bit (JSON writes them so)."""
    return found.profile(digest="").to_json()


def merged(one: TableSummary, other: TableSummary) -> TableSummary:
    one.merge(other)
    return one


def carried(one: TableSummary) -> TableSummary:
    found: TableSummary = pickle.loads(pickle.dumps(one))
    return found


@pytest.fixture(params=BUDGETS.values(), ids=BUDGETS, scope="module")
def budget(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


def parts(budget: int) -> list[TableSummary]:
    return [summary(WHOLE.slice(i, 200), budget, chunk=150) for i in (0, 200, 400)]


# The laws ---------------------------------------------------------------------------------------


def test_merging_parts_gives_the_profile_of_the_whole(budget: int):
    assert bits(reduce(merged, parts(budget))) == bits(summary(WHOLE, budget))


def test_merging_is_associative(budget: int):
    (a, b, c), (d, e, f) = parts(budget), parts(budget)

    assert bits(merged(merged(a, b), c)) == bits(merged(d, merged(e, f)))


def test_merging_is_commutative(budget: int):
    (a, b, _), (c, d, _) = parts(budget), parts(budget)

    assert bits(merged(a, b)) == bits(merged(d, c))


def test_an_empty_summary_changes_nothing_from_either_side(budget: int):
    alone, left, right = (summary(WHOLE, budget) for _ in range(3))
    empty = TableSummary(WHOLE.schema, budget=budget)

    assert bits(merged(right, TableSummary(WHOLE.schema, budget=budget))) == bits(alone)
    assert bits(merged(empty, left)) == bits(summary(WHOLE, budget))


def test_two_empty_summaries_are_an_empty_table(budget: int):
    empty = [TableSummary(WHOLE.schema, budget=budget) for _ in range(2)]

    assert bits(merged(*empty)) == bits(TableSummary(WHOLE.schema, budget=budget))


def test_what_is_carried_to_another_process_is_the_same(budget: int):
    there = [carried(each) for each in parts(budget)]

    assert bits(carried(reduce(merged, there))) == bits(reduce(merged, parts(budget)))


@pytest.mark.parametrize("family", FAMILIES)
def test_any_cuts_merged_in_any_order_give_the_same_profile(family: str):
    array = column(family, rows=600, seed=5)
    for budget in BUDGETS.values():
        whole = ColumnSummary(pa.field("x", array.type), budget=budget)
        whole.update(array)
        expected = whole.profile()
        for cuts, order in (([200, 400], [2, 0, 1]), ([0, 1, 599], [3, 1, 0, 2])):
            pieces = np.split(np.arange(600), cuts)
            made = []
            for places in pieces:
                made.append(ColumnSummary(pa.field("x", array.type), budget=budget))
                made[-1].update(array.slice(places[0] if len(places) else 0, len(places)))
            first, *rest = (made[each] for each in order)
            for each in rest:
                first.merge(each)
            assert first.profile() == expected


# Buckets that hold several values ---------------------------------------------------------------


def spread(rows: int = 240_000) -> pa.Array:
    """More distinct values than there may be buckets, over many magnitudes."""
    random = np.random.default_rng(6)
    return pa.array(random.normal(size=rows) * 10.0 ** random.integers(-12, 12, rows))


VALUES = spread()


@settings(max_examples=6)
@given(order=st.permutations(range(6)), right=st.booleans())
def test_trees_of_merges_leave_no_trace_in_buckets(order: list[int], right: bool):
    made = []
    for part in order:
        made.append(ColumnSummary(pa.field("x", pa.float64()), budget=1 << 20))
        made[-1].update(VALUES.slice(part * 40_000, 40_000))
    while len(made) > 1:
        other = made.pop()
        made[-1 if right else 0].merge(other)
    found = made[0].profile()

    assert found.rank_error > 0
    assert found == _whole()


def _whole():
    made = ColumnSummary(pa.field("x", pa.float64()), budget=1 << 20)
    made.update(VALUES)
    return made.profile()


# The vocabulary ---------------------------------------------------------------------------------


@pytest.fixture
def small_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_TEXTS", 1000)
    monkeypatch.setattr(vocabulary, "_WAITING", 2000)


def texts_of(*groups: tuple[str, int, int]) -> pa.Array:
    """Of each group ``(prefix, distinct, times)``, mixed."""
    values = [f"{prefix}{i}" for prefix, distinct, times in groups for i in range(distinct)] * 1
    counts = np.concatenate([np.full(distinct, times) for _, distinct, times in groups])
    rows = np.repeat(np.array(values, object), counts)
    return pa.array(np.random.default_rng(0).permutation(rows), pa.string())


@pytest.mark.usefixtures("small_vocabulary")
@pytest.mark.parametrize("turned", [False, True])
def test_a_common_text_of_one_part_is_known_after_a_merge(turned: bool):
    left, right = texts_of(("a", 900, 1)), texts_of(("b", 900, 1), ("heavy", 1, 50))
    made = []
    for part in (right, left) if turned else (left, right):
        made.append(TableSummary(pa.schema([("x", pa.string())])))
        made[-1].update(pa.record_batch({"x": part}))

    found = merged(*made).profile(digest="")["x"]

    assert [(each.value, each.count) for each in found.most_common] == [("heavy0", 50)]


@pytest.mark.usefixtures("small_vocabulary")
@pytest.mark.parametrize("size", [60, 500, 9000])
def test_a_vocabulary_beyond_its_limits_merges_alike(size: int):
    whole = texts_of(("rare", 3000, 1), ("b", 40, 60), ("a", 40, 60), ("c", 300, 2))

    def profile(build: Callable[[list[TableSummary]], TableSummary]) -> Profile:
        made = [
            summary(pa.table({"x": whole.slice(start, size)}), 1 << 30)
            for start in range(0, len(whole), size)
        ]
        return build(made).profile(digest="")

    one = profile(lambda made: reduce(merged, made))
    other = profile(lambda made: reduce(merged, [carried(each) for each in reversed(made)]))

    assert one == other == summary(pa.table({"x": whole}), 1 << 30).profile(digest="")
