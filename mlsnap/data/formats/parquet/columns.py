"""Parquet files column by column.

One column of all row groups after the other needs the memory of one column only, and leaves each
of them to a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.data.types import is_text

LEAST_ROWS = 1 << 13
"""Row groups with fewer rows than this, on average, are better read whole."""

_MOST_ROWS = 1 << 21
"""Row groups with more rows are read in pieces."""

_FALLBACK = 1 << 20
"""Bytes at which writers usually give up a column's dictionary."""


@dataclass(frozen=True, slots=True)
class ParquetPart:
    """A Parquet file: what opens it, what its footer says, and the columns its folder names."""

    open: Callable[[], pa.NativeFile]
    metadata: pq.FileMetaData
    schema: pa.Schema
    constants: Mapping[str, Any]


class ParquetColumns:
    """The columns of some Parquet files.

    Parameters
    ----------
    parts
        The files in their order.
    schema
        What is read: names and types that all files can be cast to.
    """

    def __init__(self, parts: Sequence[ParquetPart], schema: pa.Schema) -> None:
        self._parts = parts
        self._schema = schema
        self._opened = threading.local()
        self._positions: dict[int, dict[str, int]] = {}
        self.row_count = sum(each.metadata.num_rows for each in parts)
        self.row_groups = sum(each.metadata.num_row_groups for each in parts)

    @property
    def worth_it(self) -> bool:
        """Whether the row groups are large enough to be read column by column."""
        return bool(self.row_count >= LEAST_ROWS * self.row_groups or self.row_groups == 1)

    def read(self, position: int) -> Iterator[pa.Array]:
        """The values of a column, in order; texts as dictionaries where they are stored as such."""
        field = self._schema.field(position)
        for number, part in enumerate(self._parts):
            if field.name in part.schema.names:
                for array in self._stored(number, field.name):
                    yield _as(array, field.type)
            else:
                yield _constant(part, field)

    def _stored(self, number: int, name: str) -> Iterator[pa.Array]:
        metadata = self._parts[number].metadata
        file = self._open(number, name if self._is_dictionary(number, name) else None)
        for group in range(metadata.num_row_groups):
            if metadata.row_group(group).num_rows <= _MOST_ROWS:
                table = file.read_row_group(group, columns=[name], use_threads=False)
                yield from table.column(name).chunks
            else:
                for batch in file.iter_batches(
                    _MOST_ROWS, row_groups=[group], columns=[name], use_threads=False
                ):
                    yield batch.column(name)

    def _open(self, number: int, dictionary: str | None) -> pq.ParquetFile:
        """The file, opened once a thread for columns of no dictionary."""
        if getattr(self._opened, "key", None) != (number, dictionary):
            part = self._parts[number]
            self._opened.file = pq.ParquetFile(
                part.open(),
                metadata=part.metadata,
                read_dictionary=[dictionary] if dictionary else None,
            )
            self._opened.key = number, dictionary
        file: pq.ParquetFile = self._opened.file
        return file

    def _is_dictionary(self, number: int, name: str) -> bool:
        """Whether texts are stored as places in a whole dictionary, by the first row group."""
        metadata = self._parts[number].metadata
        if not is_text(self._schema.field(name).type) or not metadata.num_row_groups:
            return False
        chunk = metadata.row_group(0).column(self._leaves(number)[name])
        if not chunk.has_dictionary_page:
            return False
        dictionary = chunk.data_page_offset - chunk.dictionary_page_offset
        all_places = _FALLBACK + 3 * chunk.num_values
        return bool(dictionary < 0.98 * _FALLBACK and chunk.total_uncompressed_size < all_places)

    def _leaves(self, number: int) -> dict[str, int]:
        """The positions of plain columns among those that Parquet stores."""
        if number not in self._positions:
            schema = self._parts[number].metadata.schema
            found = {schema.column(leaf).path: leaf for leaf in range(len(schema))}
            self._positions[number] = found
        return self._positions[number]


def _as(array: pa.Array, type_: pa.DataType) -> pa.Array:
    if array.type == type_ or (
        pa.types.is_dictionary(array.type) and array.type.value_type == type_
    ):
        return array
    return array.cast(type_)


def _constant(part: ParquetPart, field: pa.Field) -> pa.Array:
    """What a file without the column has: the value its folder is named for, or nothing."""
    value = pa.scalar(part.constants.get(field.name), field.type)
    return pa.repeat(value, part.metadata.num_rows)
