"""Rows told apart by hashes, also where many bits of these are the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.data.partitions import Records
from mlsnap.services.differing.matching import match_keyed_rows, match_rows

WORDS = [0, 5, 1 << 60, 5 | 1 << 60, 5 | 1 << 61, (1 << 64) - 1]
WORD = st.sampled_from(WORDS)
ROWS = st.lists(st.tuples(WORD, WORD), max_size=12)
KEYED = st.lists(st.tuples(WORD, WORD, WORD), max_size=10)


def records(rows: Any, words: int) -> Records:
    return np.array(rows, np.uint64).reshape(-1, words)


@settings(max_examples=50)
@given(ROWS, ROWS)
def test_rows_are_the_same_only_if_all_bits_are(before: Any, after: Any) -> None:
    found = match_rows(records(before, 2), records(after, 2))

    ours, theirs = Counter(before), Counter(after)
    assert Counter(before[place] for place in found.removed) == ours - theirs
    assert Counter(after[place] for place in found.added) == theirs - ours
    assert not len(found.before) + len(found.after)


def _record(value: int, *key: int) -> tuple[int, ...]:
    """Two words for a row, in which its key counts, and two for that."""
    return value, WORDS.index(key[0]) << 8 | WORDS.index(key[1]), *key


@settings(max_examples=50)
@given(KEYED, KEYED)
def test_what_is_left_of_a_key_is_changed_if_it_is_one_row_a_side(before: Any, after: Any) -> None:
    one, other = ([_record(*row) for row in side] for side in (before, after))

    found = match_keyed_rows(records(one, 4), records(other, 4))

    ours, theirs = Counter(before) - Counter(after), Counter(after) - Counter(before)
    left = [Counter(row[1:] for row in side.elements()) for side in (ours, theirs)]
    pairs = {key for key in left[0] if left[0][key] == left[1][key] == 1}
    assert {one[place][2:] for place in found.before} == pairs
    assert [one[place][2:] for place in found.before] == [other[place][2:] for place in found.after]
    assert Counter(before[place] for place in (*found.removed, *found.before)) == ours
    assert Counter(after[place] for place in (*found.added, *found.after)) == theirs
    times = [Counter(row[1:] for row in side) for side in (before, after)]
    assert found.repeated == len({key for side in times for key in side if side[key] > 1})
