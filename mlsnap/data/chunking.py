"""Tables cut into chunks at places that the rows themselves choose.

A cut depends on the few rows before it alone, so rows that are added, removed or changed move no
cut but those close by: all other chunks of the next version of a table are the same.

After each row a 64-bit hash of the last `WINDOW` rows says whether a chunk may end there, which
it does for one row in 3/4 of the mean. A chunk has a quarter of the mean at least, where fewer
rows would do, and four times the mean at most, where no row ends it: the last one has what is
left. Rows are told apart by a few columns, chosen by their types (`telling_columns`). All this
is a format: another way of cutting shares no chunks with the copies that are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.buffers import bytes_of, offsets_of, to_numpy
from mlsnap.data.layout import plain, plain_table, plain_type
from mlsnap.data.mixing import FIRST, GOLDEN, SECOND, Words, mix
from mlsnap.data.types import is_binary, is_list, is_text, value_type

VERSION = 1
"""Version of the way of cutting; a golden test holds it."""

WINDOW = 16
"""Rows that decide about a cut behind them: repeated values alone still make many windows."""

MOST_COLUMNS = 4
"""Columns that tell rows apart."""

ENOUGH_BITS = 128
"""Bits of a row in such columns, beyond which texts are not looked at."""

FEWEST, MOST = 1 << 12, 1 << 17
"""Rows of a mean chunk, where `LARGEST` allows it."""

FEWEST_WIDE = 1 << 8
"""Rows of a mean chunk of the widest tables."""

LARGEST = 1 << 24
"""Bytes that a mean chunk has in memory, about."""

CHUNKS = 256
"""Chunks of a table, about, as far as the limits allow it."""

STICKY = 16
"""A mean of an earlier copy is kept unless the table's own is this many times off."""

_is = pa.types

_NULL = np.uint64(0xA5A5A5A5A5A5A5A5)
_STEPS = tuple(1 << power for power in range(WINDOW.bit_length() - 1))


def cut(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, *, mean_rows: int
) -> Iterator[pa.Table]:
    """The rows of ``batches``, all of ``schema``, in chunks of about ``mean_rows`` rows.

    However the batches are cut, the chunks are the same. No rows are one chunk of no rows.
    """
    cutter = _Cutter(schema, mean_rows)
    is_empty = True
    for batch in batches:
        for chunk in cutter.take(batch):
            is_empty = False
            yield chunk
    if is_empty or cutter.held:
        yield cutter.rest()


def mean_rows_for(row_count: int, bytes_per_row: float, *, before: int | None = None) -> int:
    """Rows of a mean chunk for a table of so many rows, a power of two.

    There are about `CHUNKS` chunks, of `FEWEST` to `MOST` rows, and of not much more than
    `LARGEST` bytes in memory. ``before`` is the mean of the copy before, which is kept if it fits.

    >>> mean_rows_for(3_000_000, 100)
    16384
    """
    rows = min(max(_power_of_two(row_count / CHUNKS), FEWEST), MOST)
    fitting = _power_of_two(LARGEST / max(bytes_per_row, 1))
    own = max(min(rows, fitting), FEWEST_WIDE)
    if before and own <= before * STICKY and before <= own * STICKY:
        return before
    return own


def bytes_per_row(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> float:
    """Bytes that a row has in memory in the plain layout, as far as the first rows tell."""
    first: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        first.append(batch.slice(0, FEWEST - rows))
        rows += len(first[-1])
        if rows == FEWEST:
            break
    return float(plain_table(pa.Table.from_batches(first, schema)).nbytes / max(rows, 1))


def telling_columns(schema: pa.Schema) -> list[int]:
    """Positions of the columns that tell rows apart: wide numbers and times before all else.

    Of four columns of 64 bits or more, or else of 32, the choice is spread over the table. Where
    these have few bits, texts and bytes come in, then narrow numbers; nested columns never.
    """
    widths = [_width(field.type) for field in schema]
    widest = [position for position, width in enumerate(widths) if width >= 64]
    wide = [position for position, width in enumerate(widths) if width == 32]
    texts = [position for position, width in enumerate(widths) if width < 0]
    narrow = [position for position, width in enumerate(widths) if 0 < width < 32]
    chosen = _spread(widest if len(widest) >= MOST_COLUMNS else widest + wide)
    if sum(widths[position] for position in chosen) < ENOUGH_BITS:
        chosen = (chosen + texts + narrow)[:MOST_COLUMNS]
    return chosen


class _Cutter:
    """What is left of the rows so far; ``held`` is their number."""

    def __init__(self, schema: pa.Schema, mean_rows: int) -> None:
        self.held = 0
        self._schema = schema
        self._least, self._most = max(mean_rows // 4, 1), 4 * mean_rows
        self._limit = np.uint64(min((1 << 66) // (3 * mean_rows), (1 << 64) - 1))
        self._columns = telling_columns(schema)
        self._pieces: list[pa.RecordBatch] = []
        self._last: Words = np.zeros(WINDOW - 1, np.uint64)

    def take(self, batch: pa.RecordBatch) -> Iterator[pa.Table]:
        """The chunks that end in ``batch``, whose rows come next."""
        ends, start = self._ends(batch), 0
        while (end := self._next_end(ends, start)) <= len(batch):
            self._pieces.append(batch.slice(start, end - start))
            yield self.rest()
            start = end
        if start < len(batch):
            self._pieces.append(batch.slice(start))
            self.held += len(batch) - start

    def rest(self) -> pa.Table:
        """The rows that are left, which are none then."""
        pieces, self._pieces, self.held = self._pieces, [], 0
        return pa.Table.from_batches(pieces, self._schema)

    def _next_end(self, ends: NDArray[np.int64], start: int) -> int:
        """The place in a batch where the chunk ends that has its next row at ``start``."""
        least = start + self._least - self.held
        most = start + self._most - self.held
        found = int(np.searchsorted(ends, max(least, start + 1)))
        return min(int(ends[found]), most) if found < len(ends) else most

    def _ends(self, batch: pa.RecordBatch) -> NDArray[np.int64]:
        """The places in a batch, counted from 1, behind which its rows let a chunk end."""
        rows = np.concatenate([self._last, row_hashes(batch, self._columns)])
        self._last = rows[len(rows) - (WINDOW - 1) :]
        return np.flatnonzero(_windows(rows)[WINDOW - 1 :] < self._limit) + 1


def row_hashes(batch: pa.RecordBatch, columns: Iterable[int]) -> Words:
    """64 bits of each row that follow from its values in ``columns``."""
    hashes = np.full(len(batch), SECOND)
    for position in columns:
        hashes *= GOLDEN
        hashes += _words(batch.column(position))
        hashes ^= hashes >> np.uint64(29)
    return mix(hashes)


def _windows(rows: Words) -> Words:
    """The hash of each row and those before it: sums of doubling length, of place and row."""
    sums, factor = rows, GOLDEN
    for step in _STEPS:
        longer = sums.copy()
        longer[step:] += sums[:-step] * factor
        with np.errstate(over="ignore"):
            sums, factor = longer, factor * factor
    return sums


def _words(array: pa.Array) -> Words:
    """64 bits of each value, one and the same for all nulls."""
    if _is.is_dictionary(array.type):
        places = np.where(_valid(array.indices), to_numpy(array.indices), 0)
        return _unless_null(array, _or_one(_words(array.dictionary))[places])
    array = plain(array)
    if _is.is_large_string(array.type) or _is.is_large_binary(array.type):
        return _unless_null(array, _text_words(array))
    return _unless_null(array, _number_words(array))


def _number_words(array: pa.Array) -> Words:
    array = array.cast(pa.uint8()) if _is.is_boolean(array.type) else array
    bits = array.type.bit_width
    if bits <= 64:
        return to_numpy(array, f"<u{bits // 8}").astype(np.uint64)
    parts = to_numpy(array, np.dtype(("<u8", (bits // 64,))))
    return reduce(lambda one, other: mix(one.copy()) + other, parts.T)


def _text_words(array: pa.Array) -> Words:
    """Of each text its length, and its first and its last eight bytes."""
    offsets = offsets_of(array)
    begins, ends, lengths = offsets[:-1], offsets[1:], np.diff(offsets)
    mask = _low_bytes(np.minimum(lengths, 8))
    held = np.concatenate([bytes_of(array)[: int(offsets[-1])], np.zeros(8, np.uint8)])
    words = _eight_bytes(held, begins) & mask
    words ^= mix((_eight_bytes(held, np.maximum(ends - 8, begins)) & mask) + GOLDEN)
    words ^= lengths.astype(np.uint64) * FIRST
    return words


def _eight_bytes(held: NDArray[np.uint8], places: NDArray[np.int64]) -> Words:
    """The eight bytes from each place on."""
    views = np.lib.stride_tricks.sliding_window_view(held, 8)
    return np.ascontiguousarray(views[places]).view("<u8").ravel()


def _low_bytes(counts: NDArray[np.int64]) -> Words:
    """Words whose lowest bytes, so many of them, have all bits."""
    return np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)[counts]


def _unless_null(array: pa.Array, words: Words) -> Words:
    return np.where(_valid(array), words, _NULL) if array.null_count else words


def _valid(array: pa.Array) -> NDArray[np.bool_]:
    return to_numpy(array.is_valid().cast(pa.uint8())).view(np.bool_)


def _or_one(words: Words) -> Words:
    """``words``, one at least."""
    return words if len(words) else np.zeros(1, np.uint64)


def _width(type_: pa.DataType) -> int:
    """Bits of a value of fixed width; -1 for texts and bytes, 0 for what tells no rows apart."""
    type_ = value_type(type_)
    if is_text(type_) or is_binary(type_):
        return -1
    if is_list(type_) or _is.is_struct(type_) or _is.is_union(type_) or _is.is_null(type_):
        return 0
    return int(plain_type(type_).bit_width)


def _spread(positions: list[int]) -> list[int]:
    """Some of ``positions`` from all over the table."""
    if len(positions) <= MOST_COLUMNS:
        return positions
    return [positions[index * len(positions) // MOST_COLUMNS] for index in range(MOST_COLUMNS)]


def _power_of_two(number: float) -> int:
    """The nearest one, as ratios go."""
    return 1 << max(round(float(np.log2(max(number, 1)))), 0)
