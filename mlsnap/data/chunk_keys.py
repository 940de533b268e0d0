"""The identity of a chunk of rows, known before it is encoded.

XXH3 in 128 bits over names and types of the columns, the number of rows, and which values are
null and what the others are, bit for bit. Unlike the digest it tells all apart that a part
stores: units of instants, 0.0 and -0.0, the bits of a NaN. What memory looks like (offsets,
dictionaries, pieces, what lies under nulls) leaves no trace. Keys are stored with the parts of a
copy, so they are a format.

XXH3 is quick and spreads well, and it can be forged by who wants to: keys say that a part is
there already, and the digest, on reading, that it is the right one.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import xxhash

from mlsnap.data.feeding import feed, feed_bits
from mlsnap.data.layout import plain_table
from mlsnap.data.mixed import is_mixed
from mlsnap.data.types import entry_type, is_list

VERSION = 1
"""Version of what is hashed; part of it."""


def chunk_key(table: pa.Table) -> str:
    """The key of the rows of ``table``, 32 hex digits."""
    rows = plain_table(table).combine_chunks()
    hasher = xxhash.xxh3_128(f"mlsnap chunk {VERSION}\n".encode())
    hasher.update(json.dumps([[_head(field) for field in rows.schema], len(rows)]).encode())
    for column in rows.columns:
        feed(hasher, _array(column), feed_bits)
    return hasher.hexdigest()


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks else pa.nulls(0, column.type)


def _head(field: pa.Field) -> list[Any]:
    return [field.name, _type(field.type), "mixed" if is_mixed(field) else ""]


def _type(type_: pa.DataType) -> Any:
    """A plain type, JSON-ready; what entries of lists are called makes no difference."""
    if is_list(type_):
        return ["list", _type(entry_type(type_))]
    if pa.types.is_struct(type_):
        return ["struct", [[field.name, _type(field.type)] for field in type_]]
    return str(type_)
