"""Two words of 64 bits for each of many values, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Lanes = tuple[Words, Words]

_ODD = tuple(
    np.uint64(each)
    for each in (
        *(0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB),
        *(0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F, 0xA0761D6478BD642F),
    )
)


def tagged(words: Words, tags: Words | np.uint64) -> Lanes:
    """Lanes that differ where words or tags do."""
    return _spread(words + tags * _ODD[3]), _spread(words + tags * _ODD[4])


def twice(words: Words) -> Lanes:
    """Lanes of words that say all of a value; the words themselves are used up."""
    spread = _spread(words)
    return spread, spread


def _spread(words: Words) -> Words:
    """Words whose upper and lower bits depend on all, each onto another one, in place."""
    words *= _ODD[1]
    words ^= words >> np.uint64(32)
    words *= _ODD[2]
    return words


def folded(columns: Iterable[Lanes], rows: int) -> Lanes:
    """Lanes of ``rows`` rows from those of their values, column by column."""
    one, other = np.full(rows, _ODD[0]), np.full(rows, _ODD[3])
    for first, second in columns:
        one *= _ODD[4]
        one += first
        other += second
        other *= _ODD[5]
        other ^= other >> np.uint64(31)
    return _mixed(one), _mixed(other)


def summed(
    items: Lanes,
    within: NDArray[np.int64],
    ends: NDArray[np.int64],
    counts: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> Lanes:
    """Lanes of sequences: the sum of those of their items, each times a factor for its place.

    Parameters
    ----------
    items, within
        Those of all sequences, one after the other, and the place of each in its own.
    ends, counts
        Of each sequence, where its items end, and how many there are.
    lengths
        What else tells sequences apart.
    """
    most = int(counts.max()) if len(counts) else 0
    lanes = []
    for words, factor in zip(items, _ODD[4:], strict=True):
        factors: Words = np.multiply.accumulate(np.full(most, factor))
        terms: Words = words * factors[within]
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(_mixed(terms))])
        lanes.append(_mixed(sums[ends] - sums[ends - counts] + lengths.view(np.uint64) * factor))
    return lanes[0], lanes[1]


def _mixed(words: Words) -> Words:
    """Every bit made to depend on all (the end of SplitMix64), in place."""
    words ^= words >> np.uint64(30)
    words *= _ODD[1]
    words ^= words >> np.uint64(27)
    words *= _ODD[2]
    words ^= words >> np.uint64(31)
    return words


def of_bytes(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Lanes:
    """Lanes of texts from the words of eight bytes in each, the last one filled up with zeros."""
    lengths = np.diff(offsets)
    counts = (lengths + 7) >> 3
    begin, end = int(offsets[0]), int(offsets[-1])
    held = np.concatenate([data[begin:end], np.zeros(8, np.uint8)])
    at_any_byte: Words = np.ndarray((len(held) - 7,), "<u8", held, strides=(1,))
    places = np.repeat(offsets[:-1] - begin, counts)
    ends = np.cumsum(counts)
    within = np.arange(len(places)) - np.repeat(ends - counts, counts)
    words = at_any_byte[places + (within << 3)].astype(np.uint64)
    filled = lengths > 0
    words[ends[filled] - 1] &= _LOW_BYTES[((lengths[filled] - 1) & 7) + 1]
    return summed((words, words), within, ends, counts, lengths)


_LOW_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)
