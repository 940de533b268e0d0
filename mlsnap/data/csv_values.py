"""A column's part of a block of delimited text, as values of the type that the column has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data.buffers import to_numpy
from mlsnap.data.csv_types import FAMILIES, Column, Tally, family_of, is_nanoseconds, shown
from mlsnap.data.parsing import (
    MOST_WRONG,
    Parsed,
    array_of,
    infer,
    parse,
    parse_dates,
    wrong_texts,
)
from mlsnap.data.types import is_text

_SECONDS = (1 << 63) // 10**9
_REACH = {
    pa.date32(): _SECONDS // 86_400,
    pa.timestamp("s"): _SECONDS,
    pa.timestamp("s", "UTC"): _SECONDS,
    pa.timestamp("us"): _SECONDS * 10**6,
    pa.timestamp("us", "UTC"): _SECONDS * 10**6,
}
"""How far from 1970 nanoseconds reach, in the unit of the type."""

_FIRST = 1000
"""Texts of a block that show whether it is worth while to look at all."""

_HOPELESS = frozenset(str(number).encode() for number in range(MOST_WRONG + 1))


@dataclass(frozen=True)
class Block:
    """A column's part of a block.

    ``values`` are of the narrowest type that all of them fit, or texts; ``read_texts`` reads the
    whole block as texts, in which the column is number ``index``.
    """

    values: pa.Array
    read_texts: Callable[[], pa.Table]
    index: int

    def texts(self) -> pa.Array:
        """The values as they stand in the file."""
        return whole(self.read_texts(), self.index)


def whole(table: pa.Table, index: int) -> pa.Array:
    """A column in one piece."""
    chunks = table.column(index).chunks
    if len(chunks) == 1:
        return chunks[0]
    return pa.concat_arrays([*chunks, pa.nulls(0, table.schema.types[index])])


def read_block(column: Column, block: Block, type_: pa.DataType) -> tuple[pa.Array | None, Tally]:
    """Values of a block as ``type_``, and their tally; ``None`` where they are not of that type.

    Single texts that are values of no type that the column may have are null.
    """
    if column.is_plain_text:
        return _as_type(block.values, type_) if is_text(type_) else None, Tally()
    if column.asked:
        return _read_asked(column, block.values)
    if column.forms:
        return _read_dates(column, block.values, type_)
    return _read_narrow(column, block, type_)


def _read_narrow(column: Column, block: Block, type_: pa.DataType) -> tuple[pa.Array | None, Tally]:
    """As `read_block`, of a column whose start has one of Arrow's own types, or is missing."""
    narrow = infer(block.values) if is_text(type_) else block.values
    if pa.types.is_null(narrow.type):
        return _as_type(block.values, type_), Tally()
    if pa.types.is_null(column.start):
        return _read_untyped(column, narrow, block.values, type_)
    if narrow.type in column.family:
        return _read_typed(narrow, block.values, type_)
    return _read_texts(column, narrow if is_text(narrow.type) else block.texts(), type_)


def _read_typed(
    narrow: pa.Array, values: pa.Array, type_: pa.DataType
) -> tuple[pa.Array | None, Tally]:
    tally = _tally_values(narrow)
    if is_text(type_):
        return values, tally
    holds = all(_holds(type_, each, tally) for each in tally.types)
    return _as_type(narrow, type_) if holds else None, tally


def _read_untyped(
    column: Column, narrow: pa.Array, values: pa.Array, type_: pa.DataType
) -> tuple[pa.Array | None, Tally]:
    """Values of a column whose start is missing. Texts may be of several types of one family."""
    if is_text(narrow.type):
        for each in (Column(family[0], missing=column.missing) for family in FAMILIES):
            _, first = _read_texts(each, narrow.slice(0, _FIRST), pa.string())
            made, tally = (None, first) if first.wrong else _read_texts(each, narrow, type_)
            if not tally.wrong:
                return made, tally
    return _read_typed(narrow, values, type_)


def _read_texts(
    column: Column, texts: pa.Array, type_: pa.DataType
) -> tuple[pa.Array | None, Tally]:
    """Values of a block in which some texts are none: narrow types are tried first."""
    tally, made = Tally(), pa.nulls(len(texts), texts.type if is_text(type_) else type_)
    left = pc.invert(pc.is_in(texts, array_of(column.missing, texts.type)))
    for narrow in column.family:
        parsed = parse(texts.filter(left), narrow, missing=column.missing)
        if parsed is None or parsed.values.null_count == len(parsed.values):
            continue
        values = parsed.values
        tally += _tally_values(values)
        if made is not None and not is_text(type_):
            fits = _holds(type_, narrow, tally)
            made = pc.replace_with_mask(made, left, _as_type(values, type_)) if fits else None
        left = pc.replace_with_mask(left, left, values.is_null())
    odd = texts.filter(left)
    bits = parse(texts, pa.bool_(), missing=column.missing)
    tally += Tally(values=len(odd), wrong=len(odd), odd=_hashes(odd))
    tally = replace(tally, binary=bits is not None and not bits.wrong)
    if pa.types.is_boolean(type_) and type_ not in column.family:
        made = bits.values if bits is not None and tally.binary else None
    return texts if is_text(type_) else made, tally


def _read_asked(column: Column, values: pa.Array) -> tuple[pa.Array | None, Tally]:
    if values.type == column.start:
        return values, Tally(values=len(values) - values.null_count)
    parsed = parse(values, column.start, missing=column.missing)
    if parsed is None or (parsed.wrong and column.forms):
        parsed = _or_dates(values, parsed, column)
    if parsed is None:
        return None, Tally(values=len(values), wrong=len(values), odd=_HOPELESS)
    odd = wrong_texts(values, parsed.values, missing=column.missing)
    return parsed.values, Tally(values=_count(parsed), wrong=parsed.wrong, odd=_hashes(odd))


def _or_dates(values: pa.Array, parsed: Parsed | None, column: Column) -> Parsed | None:
    """What is no date in ISO 8601, in one of the column's forms."""
    if not column.forms:
        return parsed
    dates = parse_dates(values, column.forms, missing=column.missing)
    instants = dates.values.cast(column.start, safe=False)
    if parsed is None:
        return Parsed(instants, dates.wrong)
    either = pc.coalesce(parsed.values, instants)
    return Parsed(either, len(wrong_texts(values, either, missing=column.missing)))


def _read_dates(
    column: Column, texts: pa.Array, type_: pa.DataType
) -> tuple[pa.Array | None, Tally]:
    parsed = parse_dates(texts, column.forms, missing=column.missing)
    far = _far(parsed.values)
    tally = Tally(values=_count(parsed), wrong=parsed.wrong, far=far.true_count)
    if is_text(type_):
        return texts, tally
    fits = pa.types.is_timestamp(type_) and type_.tz is None
    return _as_type(parsed.values, type_) if fits else None, tally


def _tally_values(values: pa.Array) -> Tally:
    return Tally(
        frozenset([values.type]),
        len(values) - values.null_count,
        far=_far(values).true_count if values.type in _REACH else 0,
        binary=_is_binary(values),
    )


def _holds(type_: pa.DataType, values: pa.DataType, tally: Tally) -> bool:
    """Whether ``type_`` holds every value of the type ``values``."""
    if pa.types.is_boolean(type_) and values == pa.int64():
        return tally.binary
    family = [shown(each) for each in family_of(values)]
    return type_ in family and family.index(type_) >= family.index(shown(values))


def _as_type(values: pa.Array, type_: pa.DataType) -> pa.Array:
    """``values`` as ``type_``, which holds them; null for instants that it does not reach."""
    if values.type == type_:
        return values
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), type_)
    if is_nanoseconds(type_) and values.type in _REACH:
        values = pc.if_else(_far(values), pa.nulls(len(values), values.type), values)
    return values.cast(type_, safe=False)


def _far(values: pa.Array) -> pa.BooleanArray:
    """Which instants nanoseconds do not reach."""
    numbers = to_numpy(values, np.int32 if pa.types.is_date32(values.type) else np.int64)
    far = np.packbits(np.abs(numbers) > _REACH[values.type], bitorder="little")
    flags = pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(far)])
    return pc.and_(flags, values.is_valid())


def _is_binary(values: pa.Array) -> bool:
    if values.type != pa.int64():
        return bool(pa.types.is_boolean(values.type))
    if len(values) and values[0].as_py() not in (None, 0, 1):
        return False
    ends = pc.min_max(values).as_py()
    return ends["min"] is None or (ends["min"] >= 0 and ends["max"] <= 1)


def _count(parsed: Parsed) -> int:
    """Texts that are not missing."""
    return int(len(parsed.values) - parsed.values.null_count + parsed.wrong)


def _hashes(texts: pa.Array) -> frozenset[bytes]:
    different = texts.unique().slice(0, MOST_WRONG + 1).to_pylist()
    return frozenset(hashlib.blake2b(each.encode(), digest_size=8).digest() for each in different)
