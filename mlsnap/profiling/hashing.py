"""64-bit hashes of texts and bytes, many at a time."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.data.buffers import bytes_of, offsets_of, to_arrow
from mlsnap.profiling.sketch import mixed

Words = NDArray[np.uint64]

_ROWS = 1 << 15
"""Texts that are hashed together, in the processor's cache."""

_WORD = 8
_SHORT = 256
"""Bytes up to which texts are hashed side by side, padded to the longest of them."""

_FACTOR = 0x9E3779B97F4A7C15
"""An odd number; its powers tell the places of words apart."""


class Hashed(NamedTuple):
    """Hashes of texts, and their first eight bytes as numbers in the texts' order."""

    hashes: Words
    starts: Words


def hashes_of(texts: pa.Array) -> Hashed:
    """Hashes of large texts or bytes without nulls, in the same order.

    Different texts have different hashes but for one chance in 2**64 a pair.
    """
    found = Hashed(np.empty(len(texts), np.uint64), np.empty(len(texts), np.uint64))
    for start in range(0, len(texts), _ROWS):
        block = texts.slice(start, _ROWS)
        part = slice(start, start + len(block))
        found.hashes[part], found.starts[part] = _hash_block(block)
    return found


def _hash_block(texts: pa.Array) -> Hashed:
    lengths = np.diff(offsets_of(texts))
    if lengths.max() <= _SHORT:
        return _hash_short(texts, lengths)
    found = Hashed(np.empty(len(texts), np.uint64), np.empty(len(texts), np.uint64))
    short, long = np.flatnonzero(lengths <= _SHORT), np.flatnonzero(lengths > _SHORT)
    if len(short):
        parts = _hash_short(texts.take(to_arrow(short)), lengths[short])
        found.hashes[short], found.starts[short] = parts
    found.hashes[long], found.starts[long] = _hash_long(texts, long)
    return found


def _hash_short(texts: pa.Array, lengths: NDArray[np.int64]) -> Hashed:
    """The sum of the mixed words, of all texts at once; zeros behind a text add nothing."""
    words = _words(texts, lengths)
    hashes, factor = lengths.astype(np.uint64), _FACTOR
    for position in range(words.shape[1]):
        hashes += mixed(words[:, position] * np.uint64(factor))
        factor = factor * _FACTOR % (1 << 64)
    return Hashed(mixed(hashes), words[:, 0].byteswap())


def _words(texts: pa.Array, lengths: NDArray[np.int64]) -> Words:
    """The bytes of each text, padded with zeros to whole words; shape (texts, words)."""
    width = max(int(lengths.max()) + -int(lengths.max()) % _WORD, _WORD)
    if lengths.min() < width:
        buffers = [None, *texts.buffers()[1:]]
        plain = pa.Array.from_buffers(
            pa.large_string(), len(texts), buffers, null_count=0, offset=texts.offset
        )
        texts = pc.ascii_rpad(plain, width, "\0")
    start = int(offsets_of(texts)[0])
    data = bytes_of(texts)[start : start + len(texts) * width]
    return np.frombuffer(data, "<u8").reshape(len(texts), width // _WORD)


def _hash_long(texts: pa.Array, places: NDArray[np.int64]) -> Hashed:
    offsets, data = offsets_of(texts), memoryview(bytes_of(texts))  # type: ignore[arg-type]
    digests, starts = bytearray(), bytearray()
    for begin, end in zip(offsets[places].tolist(), offsets[places + 1].tolist(), strict=True):
        digests += hashlib.blake2b(data[begin:end], digest_size=_WORD).digest()
        starts += data[begin : begin + _WORD]
    return Hashed(np.frombuffer(digests, "<u8"), np.frombuffer(starts, ">u8").astype(np.uint64))
