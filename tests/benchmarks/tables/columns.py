"""Columns out of random numbers, without a loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[Any]
Random = np.random.Generator

SEED = 20_190_101
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


def random(*path: int) -> Random:
    """Random numbers that depend on `SEED` and ``path`` only: the table, the row group."""
    return np.random.default_rng([SEED, *path])


def with_nulls(random: Random, values: Numbers, share: float) -> pa.Array:
    """``values`` with a ``share`` (0-1) of them null."""
    return pa.array(values, mask=random.random(len(values)) < share)


def chosen(random: Random, rows: int, words: Sequence[str], odds: Sequence[float]) -> pa.Array:
    """``words`` drawn with the probabilities ``odds``, as texts."""
    return picked(random.choice(len(words), rows, p=odds), pa.array(words))


def picked(indices: Numbers, words: pa.Array) -> pa.Array:
    """The words at ``indices``."""
    return words.take(pa.array(indices))


def hexadecimal(random: Random, rows: int, *, digits: int = 16) -> pa.Array:
    """Random texts of that many lower-case hexadecimal ``digits``, an even number."""
    return fixed_width(_hexadecimal_digits(random, rows, digits))


def uuids(random: Random, rows: int) -> pa.Array:
    """Random texts such as ``5f2c8a1e-07d4-6b39-a1c0-9e3f4d5b6a78``."""
    digits = _hexadecimal_digits(random, rows, 32)
    dashed = np.full((rows, 36), ord("-"), np.uint8)
    dashed[:, [*range(8), *range(9, 13), *range(14, 18), *range(19, 23), *range(24, 36)]] = digits
    return fixed_width(dashed)


def fixed_width(letters: npt.NDArray[np.uint8]) -> pa.Array:
    """A text of each row of ASCII ``letters``."""
    rows, width = letters.shape
    ends = np.arange(0, width * (rows + 1), width, dtype=np.int32)
    data = pa.py_buffer(np.ascontiguousarray(letters))
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), data)


def _hexadecimal_digits(random: Random, rows: int, digits: int) -> npt.NDArray[np.uint8]:
    halves = random.integers(0, 256, (rows, digits // 2), dtype=np.uint8)
    return _DIGITS[np.stack([halves >> 4, halves & 15], axis=2).reshape(rows, digits)]
