"""Which texts a profile names, and with which counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from generated import cut
from hypothesis import given, settings
from hypothesis import strategies as st
from profiled import column, common

from mlsnap.profiling import vocabulary
from mlsnap.profiling.columns import ColumnSummary
from mlsnap.profiling.texts import SHOWN, Texts
from mlsnap.values.column import ColumnProfile, Lengths

SHARE = vocabulary.SHARE


def ranked(values: list[str], least: int = 1) -> list[tuple[str, int]]:
    """By definition: by count, then by UTF-8; those that occur once only where there are few."""
    counts = Counter(values)
    least = max(least, 1 if len(counts) <= 100 else 2)
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))
    return [item for item in order if item[1] >= least][:100]


def shuffled(values: list[str], seed: int = 0) -> list[str]:
    return [values[i] for i in np.random.default_rng(seed).permutation(len(values))]


# Few texts --------------------------------------------------------------------------------------

SHORT = st.text("ab\0é🦑", max_size=10)


@settings(max_examples=50)
@given(st.lists(SHORT, min_size=1, max_size=60))
def test_few_texts_are_all_named(values: list[str]):
    assert common(column(values, pa.string())) == ranked(values)


def test_texts_that_end_in_nul_are_texts_of_their_own():
    values = ["a", "a\0", "a\0\0", "a\0", "", "\0"]
    found = column(values)

    assert common(found) == [("a\0", 2), ("", 1), ("\0", 1), ("a", 1), ("a\0\0", 1)]
    assert (found.min, found.max, found.distinct_count) == ("", "a\0\0", 5)
    assert found.lengths == Lengths(0, 3, 9 / 6)


def test_texts_with_the_same_first_bytes_have_the_right_extremes():
    values = ["prefix--b", "prefix--", "prefix--\0", "prefix--ä", "prefix--z" * 40]

    assert (column(values).min, column(values).max) == ("prefix--", "prefix--ä")


def test_emoji_sort_by_their_bytes():
    values = ["🦑", "\uffff", "z", "é"]

    assert (column(values).min, column(values).max) == ("z", "🦑")


def test_nothing_but_empty_texts():
    found = column(["", "", None])

    assert (found.empty_count, found.distinct_count, common(found)) == (2, 1, [("", 2)])


# Long texts -------------------------------------------------------------------------------------


def test_texts_of_a_megabyte_are_told_apart_and_shown_cut():
    long = "y" * 1_000_000
    found = column([long + "a", long + "b", long + "a", "z"])

    assert found.distinct_count == 3
    assert [each.count for each in found.most_common] == [2, 1, 1]
    assert [len(each.value) for each in found.most_common] == [SHOWN + 1, SHOWN + 1, 1]
    assert found.lengths.max == 1_000_001
    assert (found.min, found.max) == ("y" * SHOWN + "…", "z")


def test_a_text_that_is_just_as_long_as_is_shown_is_not_cut():
    assert column(["y" * SHOWN, "y" * SHOWN]).max == "y" * SHOWN
    assert common(column(["y" * SHOWN])) == [("y" * SHOWN, 1)]


@pytest.mark.parametrize("size", [4_000, 1_000_000])
def test_many_long_texts_are_not_held(size: int):
    """96 MB of texts, none of which occurs twice."""
    texts, rest, before = Texts(budget=1 << 24), "ab" * (size // 2), pa.total_allocated_bytes()
    for start in range(0, 96_000_000 // size, 24_000_000 // size):
        numbers = range(start, start + 24_000_000 // size)
        texts.update(pa.array([f"{i:09}{rest}" for i in numbers], pa.large_string()))

    assert pa.total_allocated_bytes() - before < 10_000_000
    assert texts.result()["distinct_count"] == 96_000_000 // size


# Too many texts ---------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vocabulary of 500 texts, which sorts texts out every 3,000 bytes."""
    monkeypatch.setattr(vocabulary, "MOST_TEXTS", 500)
    monkeypatch.setattr(vocabulary, "_WAITING", 3000)
    monkeypatch.setattr(vocabulary, "SHARE", 100)


def least(values: list[str]) -> int:
    return -(-len(values) // 100)


MANY = shuffled(
    [f"rare {i}" for i in range(3000)]
    + [f"heavy {i}" for i in range(20) for _ in range(60)]
    + [f"just {i}" for i in range(3) for _ in range(44)]
    + [f"not quite {i}" for i in range(3) for _ in range(43)]
)
"""4,461 texts: those that occur 45 times have a hundredth of them."""


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("cuts", [[], [100], [17, 2000, 2001, 4000], range(50, 4400, 50)])
@pytest.mark.parametrize("order", [MANY, sorted(MANY), sorted(MANY, reverse=True)])
def test_exactly_those_with_their_share_of_many_are_named(order: list[str], cuts: Any):
    found = column(cut(pa.array(order), *cuts))

    assert common(found) == ranked(order, least(order))
    assert len(found.most_common) == 20
    assert found.distinct_count == 3026


@pytest.mark.usefixtures("small")
@settings(max_examples=25)
@given(
    counts=st.lists(st.integers(1, 60), min_size=10, max_size=40),
    rare=st.integers(400, 1500),
    cuts=st.lists(st.integers(0, 1500), max_size=5),
    seed=st.integers(0, 9),
)
def test_the_share_is_exact_whatever_the_chunks(
    counts: list[int], rare: int, cuts: list[int], seed: int
):
    values = [f"{i}" for i, count in enumerate(counts) for _ in range(count)]
    values = shuffled([*values, *(f"rare {i}" for i in range(rare))], seed)
    places = [min(each, len(values)) for each in cuts]

    found = column(cut(pa.array(values), *places))

    few = len(set(values)) <= 500
    assert common(found) == ranked(values, 1 if few else least(values))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("texts", [500, 501])
def test_so_many_are_all_known_and_one_more_are_not(texts: int):
    values = [f"{i}" for i in range(texts)] * 2

    assert len(common(column(values))) == (100 if texts == 500 else 0)


@pytest.mark.usefixtures("small")
def test_dictionaries_of_many_texts_name_the_same_ones():
    array = pa.array(MANY)
    halves = [array.slice(0, 2000).dictionary_encode(), array.slice(2000).dictionary_encode()]

    assert column(pa.chunked_array(halves)) == column(array)


def test_at_its_real_size_the_vocabulary_names_those_with_their_share():
    rare = np.arange(100_000).astype(str)
    often = np.repeat([f"often {i}" for i in range(60)], 30)
    seldom = np.repeat([f"seldom {i}" for i in range(60)], 3)
    values = shuffled(np.concatenate([rare, often, seldom]).tolist())

    found = column(values)

    assert -(-len(values) // SHARE) == 13
    assert common(found) == sorted((f"often {i}", 30) for i in range(60))
    assert (found.distinct_count, found.distinct_exact) == (100_120, True)


@pytest.mark.usefixtures("small")
def test_known_texts_are_forgotten_when_they_lost_their_share(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vocabulary, "MOST_BYTES", 2000)
    early = [f"early {i}" for i in range(700)]
    late = [f"late {i}" for i in range(20_000)] + ["heavy"] * 300
    summary = ColumnSummary(pa.field("x", pa.string()))
    for start in range(0, 21_000, 700):
        summary.update(pa.array((early + shuffled(late))[start : start + 700]))

    assert common(summary.profile()) == [("heavy", 300)]


def profile_of(values: list[str], *, budget: int) -> ColumnProfile:
    summary = ColumnSummary(pa.field("x", pa.string()), budget=budget)
    summary.update(pa.array(values))
    return summary.profile()


def test_beyond_the_budget_none_is_named_since_none_is_counted():
    found = profile_of([f"{i % 5000}" for i in range(50_000)], budget=1 << 20)

    assert (found.distinct_exact, found.most_common) == (False, ())
    assert found.lengths == Lengths(1, 4, sum(len(str(i)) for i in range(5000)) / 5000)
