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
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
    """A digest that grows with the batches of a table, in their order.

    Raises
    ------
    SourceError
        If a column is a union, whose values have no normal form.
    """

    def __init__(self, schema: pa.Schema) -> None:
        for field in schema:
            _check(field)
        self._schema = schema
        self._columns = [hashlib.sha256() for _ in schema]
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self._rows = 0

    def update(self, batch: pa.RecordBatch) -> None:
        """Take the next rows in."""
        self._pending.append(batch)
        self._pending_rows += batch.num_rows
        self._rows += batch.num_rows
        if self._pending_rows >= BLOCK:
            whole = self._pending_rows - self._pending_rows % BLOCK
            table = pa.Table.from_batches(self._pending)
            self._hash_blocks(table.slice(0, whole))
            self._pending = table.slice(whole).to_batches()
            self._pending_rows -= whole

    def hexdigest(self) -> str:
        """The digest of all rows so far, 64 hex digits."""
        columns = [column.copy() for column in self._columns]
        if self._pending_rows:
            for column, block in zip(columns, self._tail(), strict=True):
                column.update(_block_digest(block))
        whole = hashlib.sha256(f"mlsnap digest {VERSION}\n".encode())
        whole.update(json.dumps([self._head(), self._rows], ensure_ascii=True).encode())
        for column in columns:
            whole.update(column.digest())
        return whole.hexdigest()

    def _head(self) -> list[list[str]]:
        return [
            [field.name, type_name(field.type), "mixed" if is_mixed(field) else ""]
            for field in self._schema
        ]

    def _tail(self) -> Iterator[pa.ChunkedArray]:
        yield from pa.Table.from_batches(self._pending).columns

    def _hash_blocks(self, table: pa.Table) -> None:
        for column, values in zip(self._columns, table.columns, strict=True):
            for start in range(0, table.num_rows, BLOCK):
                column.update(_block_digest(values.slice(start, BLOCK)))


def digest_of(table: pa.Table) -> str:
    """The digest of a whole table, 64 hex digits."""
    digest = Digest(table.schema)
    for batch in table.to_batches():
        digest.update(batch)
    return digest.hexdigest()


def _check(field: pa.Field) -> None:
    if has_union(field.type):
        raise SourceError(
            f"column {field.name!r} is a union ({field.type}), which cannot be stored",
            "drop the column, or give it a type of its own",
        )


def _block_digest(block: pa.ChunkedArray) -> bytes:
    hasher = hashlib.sha256()
    _feed(hasher, pa.concat_arrays([plain(chunk) for chunk in block.chunks]))
    return hasher.digest()


def _feed(hasher: Any, array: pa.Array) -> None:
    hasher.update(struct.pack("<QQ", len(array), array.null_count))
    if array.null_count:
        hasher.update(_bits(array.is_valid()))
        array = array.drop_null()
    if len(array):
        _feed_values(hasher, array)


def _feed_values(hasher: Any, array: pa.Array) -> None:
    type_ = array.type
    if _is.is_large_string(type_) or _is.is_large_binary(type_):
        _feed_bytes(hasher, array)
    elif _is.is_floating(type_):
        hasher.update(_one_zero_one_nan(_numbers(array, type_.to_pandas_dtype())))
    elif _is.is_boolean(type_):
        hasher.update(_bits(array))
    elif _is.is_timestamp(type_) or _is.is_duration(type_):
        _feed_instants(hasher, array)
    elif _is.is_large_list(type_):
        hasher.update(_numbers(pc.list_value_length(array), np.int64))
        _feed(hasher, pc.list_flatten(array))
    elif _is.is_struct(type_):
        for index in range(type_.num_fields):
            _feed(hasher, pc.struct_field(array, [index]))
    elif not _is.is_null(type_):
        _feed_fixed_width(hasher, _widest(array))


def _widest(array: pa.Array) -> pa.Array:
    """Times of day in nanoseconds, decimals in 256 bits, all else as it is."""
    type_ = array.type
    if _is.is_time(type_):
        return array.cast(pa.time64("ns"))
    if _is.is_decimal(type_):
        return array.cast(pa.decimal256(type_.precision, type_.scale))
    return array


def _feed_bytes(hasher: Any, array: pa.Array) -> None:
    _, offsets_buffer, data = array.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    hasher.update(np.diff(offsets))
    if data is not None:
        hasher.update(memoryview(data)[int(offsets[0]) : int(offsets[-1])])


def _feed_fixed_width(hasher: Any, array: pa.Array) -> None:
    width = array.type.bit_width // 8
    start = array.offset * width
    hasher.update(memoryview(array.buffers()[1])[start : start + len(array) * width])


def _feed_instants(hasher: Any, array: pa.Array) -> None:
    unit, counts = _finest(array)
    hasher.update(unit.encode())
    hasher.update(counts)


def _finest(array: pa.Array) -> tuple[str, Any]:
    """The finest unit in which 64 bits hold every instant, and the instants in it.

    A function of the instants alone: it does not depend on the unit they came in, because
    whatever fits a finer unit fits, exactly, all coarser ones it can be written in.
    """
    counts = _numbers(array.cast(pa.int64()), np.int64)
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


def _bits(array: pa.Array) -> Any:
    return np.packbits(_numbers(array.cast(pa.uint8()), np.uint8))


def _numbers(array: pa.Array, dtype: Any) -> Any:
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]
