"""What types JSON values have, and which one holds those of two blocks of records."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

_is = pa.types

ColumnTypes = dict[str, pa.DataType | None]
"""Types by column; ``None`` where no type holds all values: the column is mixed."""

EXACT = 1 << 53
"""How far floats hold every integer."""

_INSTANTS = (pa.timestamp("us"), pa.timestamp("us", "UTC"))
_BLOCK = 1 << 20


def parse(block: bytes, types: ColumnTypes) -> pa.Table:
    """The records of ``block``; columns that ``types`` does not name are added.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a value is of another type, or the text is not JSON.
    """
    wire = pa.schema([(name, _wire(type_)) for name, type_ in types.items() if type_ is not None])
    table = _read(block, wire)
    for position, field in enumerate(table.schema):
        if types.get(field.name) in _INSTANTS:
            instants = table.column(position).cast(types[field.name])
            table = table.set_column(position, field.name, instants)
    return table


def types_of(block: bytes) -> ColumnTypes:
    """The types of the columns in ``block``; text that is all ISO 8601 instants is instants."""
    try:
        found = _read(block, pa.schema([]))
    except pa.ArrowInvalid:
        return _types_apart(records(block))
    table = _read(block, _wired(found.schema))
    return {name: _text_type(table.column(name)) for name in table.column_names}


def far_numbers(table: pa.Table) -> list[str]:
    """Columns of floats that reach as far as integers that floats do not hold, or are infinite."""
    return [
        field.name
        for field in table.schema
        if _is.is_float64(field.type)
        and pc.any(pc.greater_equal(pc.abs(table.column(field.name)), float(EXACT))).as_py()
    ]


@dataclass
class Numbers:
    """What numbers a column has: the least and greatest integer, and whether there are floats."""

    least: int = 0
    most: int = 0
    floats: bool = False

    def add(self, values: Iterable[Any]) -> None:
        """Count ``values`` in, but those that are no numbers."""
        for value in values:
            if isinstance(value, float):
                self.floats = True
            elif isinstance(value, int):
                self.least, self.most = min(self.least, value), max(self.most, value)

    @property
    def are_wide(self) -> bool:
        """Whether floats would lose digits of the integers."""
        return self.least < -EXACT or self.most > EXACT

    @property
    def type(self) -> pa.DataType | None:
        """The type that holds all of them exactly; ``None`` where none does."""
        if self.floats:
            return None if self.are_wide else pa.float64()
        if self.least >= -(1 << 63) and self.most < 1 << 63:
            return pa.int64()
        return pa.uint64() if self.least >= 0 and self.most < 1 << 64 else None


def loaded(line: bytes) -> Any:
    """A line as Python object; finite numbers that floats do not reach are missing."""
    return json.loads(line, parse_float=_reached)


def _reached(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def records(block: bytes) -> list[Any]:
    """The records of ``block`` as Python objects; `ValueError` where a line is not JSON."""
    return [loaded(line) for line in block.split(b"\n") if line.strip()]


def lines(found: Iterable[Mapping[str, Any]]) -> bytes:
    """Records as a block again."""
    return "\n".join(map(json.dumps, found)).encode()


def joined(one: ColumnTypes, other: ColumnTypes) -> ColumnTypes:
    """Types that hold the values of both; a column may be in one of them only."""
    names = [*one, *(name for name in other if name not in one)]
    return {name: _joined(one.get(name, pa.null()), other.get(name, pa.null())) for name in names}


def _joined(one: pa.DataType | None, other: pa.DataType | None) -> pa.DataType | None:
    if one is None or other is None or one == other or _is.is_null(other):
        return one if other is not None else None
    if _is.is_null(one):
        return other
    if _is_number(one) and _is_number(other):
        return pa.float64()
    return pa.string() if _wire(one) == _wire(other) == pa.string() else _joined_nested(one, other)


def _joined_nested(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    if _is.is_list(one) and _is.is_list(other):
        entry = _joined(one.value_type, other.value_type)
        return pa.list_(entry) if entry is not None else None
    if _is.is_struct(one) and _is.is_struct(other):
        fields = joined({each.name: each.type for each in one}, {e.name: e.type for e in other})
        return pa.struct(list(fields.items())) if None not in fields.values() else None
    return None


def _types_apart(found: list[Any]) -> ColumnTypes:
    """The types of each column by itself, so that a mixed one does not hide the others."""
    names = dict.fromkeys(name for record in found for name in record)
    return {name: _type_of(name, found) for name in names}


def _type_of(name: str, found: list[Any]) -> pa.DataType | None:
    own = lines({name: record.get(name)} for record in found)
    try:
        return _text_type(_read(own, _wired(_read(own, pa.schema([])).schema)).column(0))
    except pa.ArrowInvalid:
        return None


def _text_type(column: pa.ChunkedArray) -> pa.DataType:
    if column.type != pa.string():
        return column.type
    for type_ in _INSTANTS:
        try:
            column.cast(type_)
        except pa.ArrowInvalid:
            continue
        return type_
    return column.type


def _is_number(type_: pa.DataType) -> bool:
    return bool(_is.is_int64(type_) or _is.is_float64(type_))


def _wired(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(field.name, _wire(field.type)) for field in schema])


def _wire(type_: pa.DataType) -> pa.DataType:
    """The type as which values are parsed: what Arrow takes for instants by itself is text."""
    if _is.is_timestamp(type_):
        return pa.string()
    if _is.is_list(type_):
        return pa.list_(_wire(type_.value_type))
    if _is.is_struct(type_):
        return pa.struct([(field.name, _wire(field.type)) for field in type_])
    return type_


def _read(block: bytes, schema: pa.Schema) -> pa.Table:
    how = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer")
    try:
        return arrow_json.read_json(
            io.BytesIO(block), arrow_json.ReadOptions(block_size=_BLOCK), how
        )
    except pa.ArrowInvalid as error:
        if "straddling" not in str(error):
            raise
    whole = arrow_json.ReadOptions(block_size=len(block) + 1)
    return arrow_json.read_json(io.BytesIO(block), whole, how)
