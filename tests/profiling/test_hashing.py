"""64-bit hashes of texts: apart for different texts, alike for the same ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.profiling.hashing import hashes_of

CLOSE = ["", "\0", "\0" * 7, "\0" * 8, "\0" * 9, "\0" * 16]
CLOSE += ["a", "a\0", "a\0\0", "\0a", "a" + "\0" * 8]
CLOSE += ["12345678", "12345678\0", "12345678" * 2, "12345678abcdefgh", "abcdefgh12345678"]
CLOSE += ["x" * 255, "x" * 256, "x" * 257, "x" * 256 + "\0", "é", "e\u0301", "🦑", "🦑\0"]


def hashed(texts: Any) -> Any:
    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    return hashes_of(array)[0]


def distinct(array: pa.Array) -> int:
    return len(np.unique(hashed(array.cast(pa.large_string()))))


def test_texts_that_differ_in_little_have_different_hashes():
    assert len(set(hashed(CLOSE).tolist())) == len(CLOSE)


NUMBERS = pa.array(np.arange(1_000_000))


def _joined(*parts: Any) -> pa.Array:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*parts, "")


@pytest.mark.parametrize(
    "texts",
    [
        _joined("customer-", NUMBERS.cast(pa.string()), "@example.com"),
        _joined(NUMBERS.cast(pa.string()), "-", NUMBERS.cast(pa.string())),
    ],
    ids=["addresses", "twins"],
)
def test_no_two_of_a_million_similar_texts_share_a_hash(texts: pa.Array):
    assert distinct(texts) == 1_000_000


def test_bytes_that_only_differ_in_the_order_of_their_words_have_different_hashes():
    random = np.random.default_rng(0)
    words = [random.bytes(8) for _ in range(4)]
    orders = [b"".join(words[i] for i in random.permutation(4)) for _ in range(300)]

    array = pa.array(sorted(set(orders)), pa.large_binary())

    assert len(np.unique(hashes_of(array)[0])) == len(array)


@settings(max_examples=50)
@given(st.lists(st.text(max_size=12), min_size=1), st.integers(0, 400))
def test_neighbours_leave_no_trace_in_a_hash(texts: list[str], width: int):
    alone = [hashed([text])[0] for text in texts]
    together = hashed([*texts, "w" * width])[:-1]

    assert together.tolist() == alone


@settings(max_examples=50)
@given(st.lists(st.text(max_size=12), min_size=1), st.integers(0, 5))
def test_a_slice_has_the_hashes_of_its_texts(texts: list[str], start: int):
    array = pa.array(texts, pa.large_string())

    assert hashed(array.slice(start)).tolist() == hashed(texts).tolist()[start:]


@pytest.mark.parametrize("texts", [[""], ["", ""], ["\0"], ["x" * 1_000_000, "", "x" * 1_000_001]])
def test_lengths_from_none_to_a_million_are_hashed(texts: list[str]):
    assert len(set(hashed(texts).tolist())) == len(set(texts))


def test_blocks_of_many_texts_are_hashed_as_one_by_one():
    texts = [f"{i}{'y' * (i % 300)}" for i in range(70_000)]
    places = [0, 32_767, 32_768, 65_535, 65_536, 69_999]

    found = hashed(texts)

    assert found[places].tolist() == hashed([texts[i] for i in places]).tolist()


def test_hashes_are_spread_over_all_bits():
    found = hashed(NUMBERS.slice(0, 200_000).cast(pa.string()).cast(pa.large_string()))
    shares = [(found >> np.uint64(bit) & np.uint64(1)).mean() for bit in range(64)]

    assert 0.495 < min(shares) <= max(shares) < 0.505
