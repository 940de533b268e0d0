"""Blocks of a delimited file as values: one parse a block, in any order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from mlsnap.data.formats.csv.blocks import BOM, Head
from mlsnap.data.formats.csv.options import CsvOptions
from mlsnap.data.formats.csv.types import Column, Tally
from mlsnap.data.formats.csv.values import Block, read_block, whole
from mlsnap.data.parsing import array_of
from mlsnap.data.types import is_binary, is_text


@dataclass(frozen=True)
class Part:
    """A block of a file: its rows, ``None`` if they are not of the schema, and their tallies."""

    batch: pa.RecordBatch | None
    row_count: int
    tallies: list[Tally]


def parsed(
    block: memoryview, head: Head, options: CsvOptions, *, texts: Collection[str] = ()
) -> pa.Table:
    """The fields of ``block``: of the narrowest type that they fit, of the one that was asked for
    if they fit that, or else ``texts``.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a record has another number of fields.
    UnicodeError
        If the block is not UTF-8.
    """
    asked = {name: type_ for name, type_ in options.types.items() if name in head.names}
    as_texts = dict.fromkeys([*asked, *texts], pa.string())
    typed = {name: type_ for name, type_ in asked.items() if name not in texts}
    try:
        return _checked(_fields(block, head, options, {**as_texts, **typed}))
    except pa.ArrowInvalid:
        if not typed:
            raise
        return _checked(_fields(block, head, options, as_texts))


def _fields(
    block: memoryview,
    head: Head,
    options: CsvOptions,
    types: dict[str, pa.DataType],
    **parsing: Any,
) -> pa.Table:
    if not len(block):
        return _nothing(head.names, types)
    if block[: len(BOM)] == BOM:
        block = memoryview(BOM + block)
    return arrow_csv.read_csv(
        pa.BufferReader(pa.py_buffer(block)),
        arrow_csv.ReadOptions(
            use_threads=False, column_names=head.names, block_size=len(block) + 1
        ),
        options.parsing(head.dialect, **parsing),
        options.converting(types),
    )


def _nothing(names: Sequence[str], types: dict[str, pa.DataType]) -> pa.Table:
    """No rows, of columns with no type but in ``types``."""
    columns = [pa.nulls(0, types.get(name, pa.null())) for name in names]
    return pa.Table.from_arrays(columns, list(names))


def _checked(table: pa.Table) -> pa.Table:
    for field in table.schema:
        if is_binary(field.type):
            raise UnicodeError(f"column {field.name!r} holds other bytes")
    return table


class PartReader:
    """Reads blocks of a file as rows of a schema, several at a time."""

    def __init__(
        self, head: Head, options: CsvOptions, columns: Sequence[Column], schema: pa.Schema
    ) -> None:
        self._head = head
        self._options = options
        self._schema = schema
        self._columns = columns
        types = {field.name: field.type for field in schema}
        self._types = [types.get(name, pa.null()) for name in head.names]
        self._has_all = set(head.names) <= set(types)
        self._texts = [
            name
            for name, column, type_ in zip(head.names, columns, self._types, strict=True)
            if column.is_plain_text
            or column.needs_texts
            or (is_text(type_) and column.asked is None)
        ]

    def __call__(self, block: memoryview) -> Part:
        return self.read(parsed(block, self._head, self._options, texts=self._texts), block)

    def takes(self, table: pa.Table) -> bool:
        """Whether ``table`` has texts wherever the schema needs them."""
        return all(is_text(table.schema.field(name).type) for name in self._texts)

    def read(self, table: pa.Table, block: memoryview) -> Part:
        """The rows of ``block`` after they were parsed to ``table``."""
        all_texts = cache(lambda: self._parsed_as_texts(block))
        has_plus = cache(lambda: b"+" in bytes(block))
        made = [
            read_block(column, Block(whole(table, index), all_texts, index, has_plus), type_)
            for index, (column, type_) in enumerate(zip(self._columns, self._types, strict=True))
        ]
        batch = self._batch([values for values, _ in made], table.num_rows)
        return Part(batch, table.num_rows, [tally for _, tally in made])

    def guess(self, place: memoryview) -> list[Tally] | None:
        """Tallies of the records at a place that may be in the middle of one, or nothing."""
        skipping = {"invalid_row_handler": lambda row: "skip"}
        types = dict.fromkeys([*self._texts, *self._options.types], pa.string())
        try:
            table = _fields(place, self._head, self._options, types, **skipping)
            return self.read(_checked(table), place).tallies
        except (pa.ArrowInvalid, UnicodeError):
            return None

    def _parsed_as_texts(self, block: memoryview) -> pa.Table:
        types = dict.fromkeys(self._head.names, pa.string())
        return _fields(block, self._head, self._options, types)

    def _batch(self, values: list[pa.Array | None], row_count: int) -> pa.RecordBatch | None:
        if not self._has_all or any(each is None for each in values):
            return None
        by_name = dict(zip(self._head.names, values, strict=True))
        arrays = [
            self._without_own_missing(by_name[field.name])
            if field.name in by_name
            else pa.nulls(row_count, field.type)
            for field in self._schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _without_own_missing(self, values: pa.Array) -> pa.Array:
        """``values`` with null for the texts that the option ``null_values`` names."""
        own = self._options.own_missing
        if not own or not is_text(values.type):
            return values
        absent = pc.is_in(values, array_of(own, values.type))
        return pc.if_else(absent, pa.nulls(len(values), values.type), values)
