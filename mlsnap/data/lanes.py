"""Two words of 64 bits for each of many values, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.data.mixing import FIRST, GOLDEN, SECOND, Words, mix

Lanes = tuple[Words, Words]

_ODD = tuple(map(np.uint64, (0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F, 0xA0761D6478BD642F)))


def tagged(words: Words, tags: Words | np.uint64) -> Lanes:
    """Lanes that differ where words or tags do."""
    return _spread(words + tags * _ODD[0]), _spread(words + tags * _ODD[1])


def twice(words: Words) -> Lanes:
    """Lanes of words that say all of a value; the words themselves are used up."""
    spread = _spread(words)
    return spread, spread


def _spread(words: Words) -> Words:
    """Words whose upper and lower bits depend on all, each onto another one, in place."""
    words *= FIRST
    words ^= words >> np.uint64(32)
    words *= SECOND
    return words


def folded(columns: Iterable[Lanes], rows: int) -> Lanes:
    """Lanes of ``rows`` rows from those of their values, column by column."""
    one, other = np.full(rows, GOLDEN), np.full(rows, _ODD[0])
    for first, second in columns:
        one *= _ODD[1]
        one += first
        other += second
        other *= _ODD[2]
        other ^= other >> np.uint64(31)
    return mix(one), mix(other)


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
    for words, factor in zip(items, _ODD[1:], strict=True):
        factors: Words = np.multiply.accumulate(np.full(most, factor))
        terms: Words = words * factors[within]
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mix(terms))])
        lanes.append(mix(sums[ends] - sums[ends - counts] + _lengths_in(lengths, factor)))
    return lanes[0], lanes[1]


def of_bytes(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Lanes:
    """Lanes of texts from the words of eight bytes in each, the last one filled up with zeros."""
    lengths = np.diff(offsets)
    begin, end = int(offsets[0]), int(offsets[-1])
    held = np.concatenate([data[begin:end], np.zeros(_WORD, np.uint8)])
    at_any_byte: Words = np.ndarray((len(held) - _WORD + 1,), "<u8", held, strides=(1,))
    starts = offsets[:-1] - begin
    if not len(lengths) or lengths.max() <= _SHORT:
        return _of_short(at_any_byte, starts, lengths)
    is_long = lengths > _SHORT
    both = np.empty((2, len(lengths)), np.uint64)
    both[:, ~is_long] = _of_short(at_any_byte, starts[~is_long], lengths[~is_long])
    both[:, is_long] = _of_long(at_any_byte, starts[is_long], lengths[is_long])
    return both[0], both[1]


def _of_short(at_any_byte: Words, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Lanes:
    """Those of texts of `_SHORT` bytes at most: the first words of all, the second ones, …"""
    sums = [_lengths_in(lengths, factor) for factor in _ODD[1:]]
    for place in range(0, int(lengths.max(initial=0)), _WORD):
        here = lengths > place
        chosen: Any = slice(None) if here.all() else np.flatnonzero(here)
        words = at_any_byte[starts[chosen] + place]
        words &= _LOW_BYTES[np.minimum(lengths[chosen] - place, _WORD)]
        for sum_, factors in zip(sums, _FACTORS, strict=True):
            sum_[chosen] += mix(words * factors[place // _WORD])
    return mix(sums[0]), mix(sums[1])


def _of_long(at_any_byte: Words, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Lanes:
    """Those of any other texts: all words of all of them at once."""
    counts = (lengths + _WORD - 1) // _WORD
    ends = np.cumsum(counts)
    within = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts)
    words = at_any_byte[np.repeat(starts, counts) + within * _WORD]
    words[ends - 1] &= _LOW_BYTES[(lengths - 1) % _WORD + 1]
    return summed((words, words), within, ends, counts, lengths)


def _lengths_in(lengths: NDArray[np.int64], factor: np.uint64) -> Words:
    """What lengths add to the sums of a lane."""
    added: Words = lengths.view(np.uint64) * factor
    return added


_WORD = 8
_SHORT = 128
"""Bytes of texts whose words are taken one after the other."""

_LOW_BYTES = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)
_FACTORS = tuple(np.multiply.accumulate(np.full(_SHORT // _WORD, factor)) for factor in _ODD[1:])
