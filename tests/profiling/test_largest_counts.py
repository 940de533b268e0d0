"""Which counts are the largest, against Python's own sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.profiling.common_values import MOST_COMMON, largest


@settings(max_examples=50)
@given(
    few=st.lists(st.integers(1, 4), max_size=300),
    many=st.lists(st.integers(4_090, 4_100) | st.integers(1, 2**40), max_size=150),
    seed=st.integers(0, 9),
)
def test_the_largest_counts_come_in_order_and_of_equal_ones_the_first(
    few: list[int], many: list[int], seed: int
) -> None:
    counts = np.random.default_rng(seed).permutation(np.array(few + many, np.int64))
    places = sorted(range(len(counts)), key=lambda place: (-counts[place], place))

    assert largest(counts).tolist() == places[:MOST_COMMON]
