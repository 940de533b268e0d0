"""The identity of a table's content.

SHA-256 over the names and types of the columns, the number of rows, and a digest of each column:
SHA-256 over the digests of its blocks of 65,536 rows. A block's digest covers which rows are
null and the other values in order, in one normal form: the plain layout of `mlsnap.data.layout`,
-0.0 as 0.0, one NaN, instants in nanoseconds where all of the block fit (else in the finest unit
in which they do).

So the same rows give the same digest however they are carried and chunked, and one changed
value, null, name, type or the order of rows another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from mlsnap.data.buffers import to_numpy
from mlsnap.data.feeding import Hasher, feed, feed_bits
from mlsnap.data.layout import plain
from mlsnap.data.mixed import is_mixed
from mlsnap.data.types import has_union, type_name
from mlsnap.errors import SourceError

VERSION = 1
"""Version of the normal form; part of what is hashed."""

BLOCK = 1 << 16
"""Rows whose values are hashed together; part of the normal form."""

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_is = pa.types


class Digest:
    """A digest that grows with the rows of a table, batch by batch or column by column.

    Raises
    ------
    SourceError
        If a column is a union, whose values have no normal form.
    """

    def __init__(self, schema: pa.Schema) -> None:
        for field in schema:
            _check(field)
        self._schema = schema
        self.columns = [ColumnDigest() for _ in schema]
        self._rows = 0

    def update(self, batch: pa.RecordBatch) -> None:
        """Take the next rows in."""
        for column, values in zip(self.columns, batch.columns, strict=True):
            column.update(values)
        self._rows += batch.num_rows

    def hexdigest(self, *, rows: int | None = None) -> str:
        """The digest of all rows so far, 64 hex digits.

        ``rows`` is how many there are where the columns were fed by themselves.
        """
        rows = self._rows if rows is None else rows
        return _whole(self._schema, rows, [column.digest() for column in self.columns])

    @staticmethod
    def of_blocks(schema: pa.Schema, rows: int, blocks: Iterable[Sequence[bytes]]) -> str:
        """The digest of ``rows`` rows from the digests of their blocks, made elsewhere.

        Parameters
        ----------
        blocks
            Block by block, in order, what `block_digests` gave.
        """
        columns = [hashlib.sha256() for _ in schema]
        for block in blocks:
            for column, digest in zip(columns, block, strict=True):
                column.update(digest)
        return _whole(schema, rows, [column.digest() for column in columns])


class ColumnDigest:
    """The part of a digest that one column has, growing with its values in order."""

    def __init__(self) -> None:
        self._blocks = hashlib.sha256()
        self._waiting: list[pa.Array] = []
        self.rows = 0

    def update(self, values: pa.Array) -> None:
        """Take the next values in, cut as they may be."""
        start = 0
        if missing := -self.rows % BLOCK:
            self._waiting.append(values.slice(0, missing))
            start = len(self._waiting[-1])
        self.rows += len(values)
        if self._waiting and self.rows // BLOCK > (self.rows - len(values)) // BLOCK:
            self._blocks.update(block_digest(self._waiting))
            self._waiting = []
        for begin in range(start, len(values), BLOCK):
            block = values.slice(begin, BLOCK)
            if len(block) == BLOCK:
                self._blocks.update(block_digest([block]))
            else:
                self._waiting = [block]

    def digest(self) -> bytes:
        """The digest of all values so far."""
        blocks = self._blocks.copy()
        if self._waiting:
            blocks.update(block_digest(self._waiting))
        return blocks.digest()

    def close(self) -> None:
        """No more values will come: nothing is kept of them but their digest."""
        if self._waiting:
            self._blocks.update(block_digest(self._waiting))
            self._waiting = []


def digest_of(table: pa.Table) -> str:
    """The digest of a whole table, 64 hex digits."""
    digest = Digest(table.schema)
    for batch in table.to_batches():
        digest.update(batch)
    return digest.hexdigest()


def block_digests(block: pa.RecordBatch | pa.Table) -> list[bytes]:
    """For each column the digest of one block: `BLOCK` rows, or the last ones of a table."""
    return [
        block_digest(values.chunks if isinstance(values, pa.ChunkedArray) else [values])
        for values in block.columns
    ]


def block_digest(chunks: Sequence[pa.Array]) -> bytes:
    """The digest of one block of a column, which may lie in pieces."""
    hasher = hashlib.sha256()
    if len(chunks) == 1 and _is_dictionary(chunks[0]):
        _feed(hasher, chunks[0])
    else:
        arrays = [plain(chunk) for chunk in chunks]
        _feed(hasher, arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays))
    return hasher.digest()


def _is_dictionary(array: pa.Array) -> bool:
    """Whether an array is a dictionary in which only places can be null: it is quicker to drop
    those and decode the others than the other way round.
    """
    return bool(_is.is_dictionary(array.type)) and array.dictionary.null_count == 0


def _whole(schema: pa.Schema, rows: int, columns: list[bytes]) -> str:
    head = [
        [field.name, type_name(field.type), "mixed" if is_mixed(field) else ""] for field in schema
    ]
    whole = hashlib.sha256(f"mlsnap digest {VERSION}\n".encode())
    whole.update(json.dumps([head, rows], ensure_ascii=True).encode())
    for column in columns:
        whole.update(column)
    return whole.hexdigest()


def _check(field: pa.Field) -> None:
    if has_union(field.type):
        raise SourceError(
            f"column {field.name!r} is a union ({field.type}), which cannot be stored",
            "drop the column, or give it a type of its own",
        )


def _feed(hasher: Hasher, array: pa.Array) -> None:
    feed(hasher, array, _feed_normal)


def _feed_normal(hasher: Hasher, array: pa.Array) -> None:
    type_ = array.type
    if _is.is_floating(type_):
        hasher.update(_one_zero_one_nan(to_numpy(array)))
    elif _is.is_timestamp(type_) or _is.is_duration(type_):
        _feed_instants(hasher, array)
    else:
        feed_bits(hasher, _widest(array))


def _widest(array: pa.Array) -> pa.Array:
    """Times of day in nanoseconds, decimals in 256 bits, all else as it is."""
    type_ = array.type
    if _is.is_time(type_):
        return array.cast(pa.time64("ns"))
    if _is.is_decimal(type_):
        return array.cast(pa.decimal256(type_.precision, type_.scale))
    return array


def _feed_instants(hasher: Hasher, array: pa.Array) -> None:
    unit, counts = _finest(array)
    hasher.update(unit.encode())
    hasher.update(counts)


def _finest(array: pa.Array) -> tuple[str, Any]:
    """The finest unit in which 64 bits hold every instant, and the instants in it.

    A function of the instants alone: it does not depend on the unit they came in, because
    whatever fits a finer unit fits, exactly, all coarser ones it can be written in.
    """
    counts = to_numpy(array.cast(pa.int64()))
    per_second = _PER_SECOND[array.type.unit]
    largest = max(abs(int(counts.min())), abs(int(counts.max())))
    for unit, finer in reversed(_PER_SECOND.items()):
        if finer > per_second and largest * (finer // per_second) < 1 << 63:
            return unit, counts * (finer // per_second)
    return array.type.unit, counts


def _one_zero_one_nan(values: Any) -> Any:
    with np.errstate(invalid="ignore"):
        values = values + values.dtype.type(0)
    holes = np.isnan(values)
    if holes.any():
        values[holes] = np.nan
    return values
