"""A column's part of a block of delimited text, as values of the type that the column has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data.buffers import to_numpy
from mlsnap.data.formats.csv.types import (
    BOOLEANS,
    EXACT,
    FAMILIES,
    FORMS,
    NONE,
    NUMBERS,
    Column,
    Numbers,
    Tally,
    family_of,
    is_nanoseconds,
    shown,
)
from mlsnap.data.parsing import MOST_WRONG, Parsed, array_of, parse, parse_dates, wrong_texts
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

_TRIED = tuple(
    (number, type_) for number, family in enumerate(FAMILIES[:FORMS]) for type_ in family
)
_LIKELY = r"^\s*[-+.\d]|^\s*(?i:inf|nan|true|false)"
"""What every text that Arrow reads as a value begins with."""

_INTEGER = r"^\s*[-+]?(\d+|0[xX][0-9a-fA-F]+)\s*$"

_HOPELESS = frozenset(str(number).encode() for number in range(MOST_WRONG + 1))


@dataclass(frozen=True)
class Block:
    """A column's part of a block.

    ``values`` are of the narrowest type that all of them fit, or texts; ``read_texts`` reads the
    whole block as texts, in which the column is number ``index``; ``has_plus`` tells whether there
    is a plus sign in the block, with which Arrow takes an integer for a float.
    """

    values: pa.Array
    read_texts: Callable[[], pa.Table]
    index: int
    has_plus: Callable[[], bool]

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
    if column.asked is not None:
        return _read_asked(column, block)
    if pa.types.is_null(block.values.type):
        return _as_type(block.values, type_), Tally()
    if is_text(block.values.type):
        return _read_texts(column, block.values, type_)
    tally = _tally_typed(block) if family_of(block.values.type) == column.family else None
    if tally is None or is_text(type_):
        return _read_texts(column, block.texts(), type_)
    return _as_family(block.values, type_), tally


def _tally_typed(block: Block) -> Tally | None:
    """The tally of values that Arrow has found a type for; ``None`` if texts must be looked at."""
    values = block.values
    present, family = len(values) - values.null_count, family_of(values.type) or 0
    numbers, bits = Numbers(), 0
    if family == NUMBERS:
        found = _numbers_of(values, block) if present else Numbers()
        if found is None:
            return None
        numbers, bits = found, _bits(values)
    fits = list(NONE)
    fits[BOOLEANS], fits[family] = bits, present
    far = _far(values).true_count if values.type in _REACH else 0
    return Tally(frozenset([values.type]), present, tuple(fits), far=far, numbers=numbers)


def _numbers_of(values: pa.Array, block: Block) -> Numbers | None:
    if values.type == pa.int64():
        ends = pc.min_max(values).as_py()
        wide = ends["min"] < -EXACT or ends["max"] > EXACT
        return Numbers(wide=int(wide), negative=int(ends["min"] < 0))
    held = to_numpy(values.drop_null() if values.null_count else values)
    fractions = int(np.count_nonzero(held != np.floor(held)))
    if np.any(np.abs(held) >= EXACT) or (not fractions and block.has_plus()):
        return None
    negative = int(np.any(held < 0))
    return Numbers(negative=negative, decimals=max(fractions, 1), fractions=fractions)


def _bits(values: pa.Array) -> int:
    """How many integers are 0 or 1."""
    if values.type != pa.int64():
        return 0
    held = to_numpy(values.drop_null() if values.null_count else values)
    return int(np.count_nonzero(held.view(np.uint64) <= 1))


def _read_texts(
    column: Column, texts: pa.Array, type_: pa.DataType
) -> tuple[pa.Array | None, Tally]:
    """Values of a block of which Arrow alone does not tell enough."""
    distinct = texts.dictionary_encode()
    words = Words.of(distinct.dictionary, column)
    counts = np.bincount(to_numpy(distinct.indices), minlength=len(words.texts))
    tally = words.tally(counts, column.family)
    if is_text(type_):
        return texts, tally
    if pa.types.is_null(type_):
        return None if tally.values else pa.nulls(len(texts)), tally
    made = words.values(type_, column.family)
    return None if made is None else made.take(distinct.indices), tally


@dataclass(frozen=True)
class Words:
    """Different texts, and what they are: for each type, the values of those that are of it."""

    texts: pa.Array
    present: pa.BooleanArray
    found: list[tuple[int, pa.Array]]
    huge: pa.BooleanArray

    @classmethod
    def of(cls, texts: pa.Array, column: Column) -> Words:
        """Look at ``texts``: each has the first type that it is of, and may be a boolean too."""
        present = pc.invert(pc.is_in(texts, array_of(column.missing, texts.type)))
        likely = pc.and_(present, pc.match_substring_regex(texts, _LIKELY))
        left, found = likely, []
        huge = _as_flags(np.zeros(len(texts), bool))
        for family, type_ in _TRIED:
            if not left.true_count and family != BOOLEANS:
                continue
            if type_ == pa.float64():
                huge = pc.and_(left, pc.match_substring_regex(texts, _INTEGER))
                left = pc.and_not(left, huge)
            mask = likely if family == BOOLEANS else left
            values = _values_of(texts, mask, type_, column)
            found.append((family, values))
            left = pc.and_(left, values.is_null())
        rest = pc.and_not(present, pc.and_not(likely, left))
        rest = pc.and_(rest, pc.match_substring_regex(texts, r"\d"))
        if column.forms and rest.true_count:
            dates = parse_dates(texts.filter(rest), column.forms, missing=column.missing).values
            nulls = pa.nulls(len(texts), dates.type)
            found.append((FORMS, pc.replace_with_mask(nulls, rest, dates)))
        return cls(texts, present, found, huge)

    def fits(self, family: int | None) -> npt.NDArray[np.bool_]:
        """Which texts are of a family, or of any."""
        fits = _flags(self.huge) if not family else np.zeros(len(self.texts), bool)
        for own, values in self.found:
            if family in (own, None):
                fits = fits | _flags(values.is_valid())
        return fits

    def tally(self, counts: npt.NDArray[np.intp], family: int | None) -> Tally:
        """What they are, ``counts`` times each, in a column that is taken for a ``family``."""
        present = _flags(self.present)
        odd = self.texts.filter(_as_flags(present & ~self.fits(family)))
        fits = [int(counts[self.fits(each)].sum()) for each in range(len(FAMILIES))]
        dated = [each for each in self.found if each[1].null_count < len(each[1])]
        far = [counts[_flags(_far(v))].sum() for f, v in dated if v.type in _REACH and f != FORMS]
        return Tally(
            frozenset(values.type for _, values in dated),
            int(counts[present].sum()),
            tuple(fits),
            _hashes(odd),
            int(sum(far)),
            self._numbers(counts),
        )

    def _numbers(self, counts: npt.NDArray[np.intp]) -> Numbers:
        by_type = {v.type: v for f, v in self.found if f == NUMBERS}

        def count(type_: pa.DataType, is_so: Callable[[Any], Any]) -> int:
            values = by_type.get(type_)
            if values is None:
                return 0
            valid = _flags(values.is_valid())
            return int(counts[valid][is_so(to_numpy(values)[valid])].sum())

        big = count(pa.uint64(), lambda held: held >= 0)
        huge = int(counts[_flags(self.huge)].sum())
        return Numbers(
            count(pa.int64(), lambda held: (held > EXACT) | (held < -EXACT)) + big + huge,
            count(pa.int64(), lambda held: held < 0) + count(pa.float64(), lambda held: held < 0),
            big,
            huge,
            count(pa.float64(), lambda held: np.ones(len(held), bool)),
            count(pa.float64(), lambda held: ~_is_whole(held)),
        )

    def values(self, type_: pa.DataType, family: int | None) -> pa.Array | None:
        """The texts as ``type_``, null for those of other families; ``None`` for wider ones."""
        if family is None or shown(type_) not in map(shown, FAMILIES[family]):
            family = family_of(type_)
        made = pa.nulls(len(self.texts), type_)
        for own, values in self.found:
            if own != family or values.null_count == len(values):
                continue
            as_type = _as_family(values, type_)
            if as_type is None:
                return None
            made = pc.coalesce(made, as_type)
        return made


def _values_of(
    texts: pa.Array, mask: pa.BooleanArray, type_: pa.DataType, column: Column
) -> pa.Array:
    """Values of the texts in ``mask``, null where they are none, and for all others."""
    nulls = pa.nulls(len(texts), type_)
    parsed = _parse(texts.filter(mask), type_, column) if mask.true_count else None
    if parsed is None:
        return nulls
    values = pc.replace_with_mask(nulls, mask, parsed.values)
    return _finite(values, texts) if type_ == pa.float64() else values


def _parse(texts: pa.Array, type_: pa.DataType, column: Column) -> Parsed | None:
    """As `parse`; numbers may have a plus sign."""
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        texts = pc.replace_substring_regex(texts, r"^(\s*)\+([\d.])", r"\1\2")
    return parse(texts, type_, missing=column.missing)


def _finite(values: pa.Array, texts: pa.Array) -> pa.Array:
    """``values`` with null for finite numbers that floats do not reach."""
    beyond = pc.and_not(pc.is_inf(values), pc.match_substring_regex(texts, "(?i)inf"))
    return pc.if_else(beyond, pa.nulls(len(values), values.type), values)


def _flags(flags: pa.BooleanArray) -> npt.NDArray[np.bool_]:
    bits = np.frombuffer(flags.buffers()[1] or b"", np.uint8)
    found = np.unpackbits(bits, bitorder="little")[flags.offset : flags.offset + len(flags)]
    return found.astype(bool)


def _as_flags(flags: npt.NDArray[np.bool_]) -> pa.BooleanArray:
    bits = np.packbits(flags, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(flags), [None, pa.py_buffer(bits)])


def _is_whole(held: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    whole: npt.NDArray[np.bool_] = (np.floor(held) == held) & (np.abs(held) < EXACT)
    return whole


def _read_asked(column: Column, block: Block) -> tuple[pa.Array | None, Tally]:
    values, asked = block.values, column.asked
    if pa.types.is_floating(asked) and values.type == asked and pc.any(pc.is_inf(values)).as_py():
        values = block.texts()
    if values.type == asked:
        present = len(values) - values.null_count
        return values, Tally(values=present, fits=_asked(present))
    parsed = _parse(values, asked, column)
    if parsed is None or (parsed.wrong and column.forms):
        parsed = _or_dates(values, parsed, column)
    if parsed is None:
        return None, Tally(values=len(values), odd=_HOPELESS)
    found = _finite(parsed.values, values) if pa.types.is_floating(asked) else parsed.values
    odd = wrong_texts(values, found, missing=column.missing)
    right = len(found) - found.null_count
    return found, Tally(values=right + len(odd), fits=_asked(right), odd=_hashes(odd))


def _or_dates(values: pa.Array, parsed: Parsed | None, column: Column) -> Parsed | None:
    """What is no date in ISO 8601, in one of the column's forms."""
    if not column.forms:
        return parsed
    dates = parse_dates(values, column.forms, missing=column.missing)
    instants = dates.values.cast(column.asked, safe=False)
    if parsed is None:
        return Parsed(instants, dates.wrong)
    either = pc.coalesce(parsed.values, instants)
    return Parsed(either, len(wrong_texts(values, either, missing=column.missing)))


def _as_family(values: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """``values`` as ``type_`` of the same family; ``None`` if it is too narrow for instants.

    Among integers, numbers that equal none are null.
    """
    family = [shown(each) for each in FAMILIES[family_of(values.type) or 0]]
    if type_ not in family:
        return None
    if family_of(values.type) != NUMBERS:
        narrow = family.index(type_) < family.index(shown(values.type))
        return None if narrow else _as_type(values, type_)
    if pa.types.is_floating(values.type) and pa.types.is_integer(type_):
        whole = _as_flags(_is_whole(to_numpy(values)))
        values = pc.if_else(whole, values, pa.nulls(len(values), values.type))
    if type_ == pa.uint64() and values.type != type_:
        negative = pc.less(values, pa.scalar(0, values.type))
        values = pc.if_else(negative, pa.nulls(len(values), values.type), values)
    return _as_type(values, type_)


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


def _asked(right: int) -> tuple[int, ...]:
    return (right, *NONE[1:])


def _hashes(texts: pa.Array) -> frozenset[bytes]:
    different = texts.unique().slice(0, MOST_WRONG + 1).to_pylist()
    return frozenset(hashlib.blake2b(each.encode(), digest_size=8).digest() for each in different)
