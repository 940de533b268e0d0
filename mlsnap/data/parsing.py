"""Texts as values of a type, with the ones that are none counted instead of guessed."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from mlsnap.data.date_forms import read_form
from mlsnap.errors import SourceError

DATE_FORMS = (
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
)
"""Forms in which dates are recognised, besides ISO 8601. Day-first forms only when asked for."""

MOST_WRONG = 1000
"""With more different values that do not parse, a column is not of that type at all."""

_DATE = r"\s*\d{4}-\d\d-\d\d"
_CLOCK = r"([ T]\d\d(:\d\d(:\d\d)?)?)?"
_ZONE = r"(Z|[-+][\d:]+)?\s*"
_INTEGER = r"\s*[-+]?(\d+|0[xX][0-9a-fA-F]+)\s*"
_NUMBER = r"\s*[-+]?([\d.]+([eE][-+]?\d+)?|(?i:inf|infinity|nan|nan\(.*\)))\s*"
_LOOKS = (
    (pa.types.is_integer, _INTEGER),
    (pa.types.is_floating, _NUMBER),
    (pa.types.is_boolean, r"(?i:0|1|true|false)"),
    (pa.types.is_date32, _DATE + r"\s*"),
    (lambda type_: type_ == pa.timestamp("s"), _DATE + _CLOCK + r"\s*"),
    (lambda type_: type_ == pa.timestamp("s", "UTC"), _DATE + _CLOCK + _ZONE),
    (pa.types.is_timestamp, _DATE + r"([ T]\d\d(:\d\d(:\d\d([.,]\d+)?)?)?)?" + _ZONE),
)
"""What all texts of a type look like; some others do so too."""


@dataclass(frozen=True)
class Parsed:
    """Values, null where a text is missing or wrong, and how many are wrong."""

    values: pa.Array
    wrong: int


def infer(texts: pa.Array) -> pa.Array:
    """``texts`` as values of the narrowest type that all of them fit."""
    return _read_lines(texts, arrow_csv.ConvertOptions(timestamp_parsers=[arrow_csv.ISO8601]))


def parse(
    texts: pa.Array | pa.ChunkedArray, type_: pa.DataType, *, missing: Sequence[str]
) -> Parsed | None:
    """``texts`` as values of ``type_``, in the forms that CSV files have.

    ``missing`` are texts that stand for no value. ``None`` if more than `MOST_WRONG` different
    texts look like values and are none.
    """
    distinct = _distinct(texts)
    likely = _likely(distinct.dictionary, type_)
    found = _parse_distinct(distinct.dictionary.filter(likely), type_, missing)
    if found is None:
        return None
    values = pc.replace_with_mask(pa.nulls(len(likely), type_), likely, found)
    return _spread(distinct, values, missing)


def check_form(form: str) -> None:
    """`SourceError` if ``form`` is none that dates are read in."""
    if "%" not in form or "%z" in form:
        why = "has a zone" if "%z" in form else "names no part of a date"
        raise SourceError(
            f"the date format {form!r} {why}",
            "write it like '%d.%m.%Y %H:%M'; zones are read in ISO 8601 only",
        )


def parse_dates(
    texts: pa.Array | pa.ChunkedArray, forms: Sequence[str], *, missing: Sequence[str]
) -> Parsed:
    """``texts`` as instants in microseconds, each in one of the `strptime` ``forms``.

    A text is wrong unless the instant, written in the same form, is that text again (but for
    leading zeros): 2/30/2016 is no date, and 16 is no year.
    """
    distinct = _distinct(texts)
    left = pc.invert(pc.is_in(distinct.dictionary, array_of(missing, texts.type)))
    values = pa.nulls(len(left), pa.timestamp("s"))
    for form in forms:
        if not left.true_count:
            break
        found = _instants(distinct.dictionary.filter(left), form)
        values = pc.replace_with_mask(values, left, found)
        left = pc.and_(left, values.is_null())
    return _spread(distinct, values.cast(pa.timestamp("us")), missing)


def in_pieces(
    array: pa.Array,
    type_: pa.DataType,
    convert: Callable[[pa.Array], pa.Array | None],
    *,
    most_wrong: int,
) -> Parsed:
    """What ``convert`` makes of ``array``: null for the single values that it refuses.

    What it refuses, by ``None``, is halved until the wrong values stand alone. It ends early,
    with fewer values than there are, after more than ``most_wrong``.
    """
    done, waiting, wrong = [pa.nulls(0, type_)], [array], 0
    while waiting and wrong <= most_wrong:
        piece = waiting.pop()
        values = convert(piece)
        if values is None and len(piece) > 1:
            middle = len(piece) // 2
            waiting += [piece.slice(middle), piece.slice(0, middle)]
            continue
        wrong += values is None
        done.append(pa.nulls(1, type_) if values is None else values)
    return Parsed(pa.concat_arrays(done), wrong)


def wrong_texts(texts: pa.Array, values: pa.Array, *, missing: Sequence[str]) -> pa.Array:
    """The ``texts`` that were parsed to no value and stand for one."""
    absent = pc.is_in(texts, array_of(missing, texts.type))
    return texts.filter(pc.and_not(values.is_null(), absent)).drop_null()


def array_of(texts: Sequence[str], type_: pa.DataType) -> pa.Array:
    """A few texts as an Arrow array. (`pyarrow.array` imports pandas.)"""
    encoded = [text.encode() for text in texts]
    width = np.int64 if pa.types.is_large_string(type_) else np.int32
    offsets = np.cumsum([0, *map(len, encoded)], dtype=width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(type_, len(encoded), buffers)


def _distinct(texts: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return whole.dictionary_encode()


def _spread(distinct: pa.DictionaryArray, values: pa.Array, missing: Sequence[str]) -> Parsed:
    absent = pc.is_in(distinct.dictionary, array_of(missing, distinct.dictionary.type))
    wrong = pc.and_not(values.is_null(), absent).take(distinct.indices)
    return Parsed(values.take(distinct.indices), wrong.true_count)


def _likely(texts: pa.Array, type_: pa.DataType) -> pa.BooleanArray:
    look = next((look for holds, look in _LOOKS if holds(type_)), ".*")
    return pc.match_substring_regex(texts, f"(?s)^({look})$")


def _parse_distinct(texts: pa.Array, type_: pa.DataType, missing: Sequence[str]) -> pa.Array | None:
    found = in_pieces(
        texts, type_, lambda piece: _parse_all(piece, type_, missing), most_wrong=MOST_WRONG
    )
    return found.values if found.wrong <= MOST_WRONG else None


def _parse_all(texts: pa.Array, type_: pa.DataType, missing: Sequence[str]) -> pa.Array | None:
    convert = arrow_csv.ConvertOptions(
        column_types={"value": type_},
        null_values=list(missing),
        quoted_strings_can_be_null=True,
    )
    try:
        return _read_lines(texts, convert)
    except pa.ArrowInvalid:
        return None


def _read_lines(texts: pa.Array, convert: arrow_csv.ConvertOptions) -> pa.Array:
    lines = io.BytesIO()
    arrow_csv.write_csv(pa.Table.from_arrays([texts], ["value"]), lines)
    lines.seek(0)
    whole = arrow_csv.ReadOptions(block_size=len(lines.getbuffer()) + 1, use_threads=False)
    parse = arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    return arrow_csv.read_csv(lines, whole, parse, convert).column(0).combine_chunks()


def _instants(texts: pa.Array, form: str) -> pa.Array:
    instants = read_form(texts, form)
    if instants is not None:
        return instants
    instants = pc.strptime(texts, form, "s", error_is_null=True)
    if instants.null_count == len(instants):
        return instants
    return pc.if_else(_same(instants, texts, form), instants, None)


def _same(instants: pa.Array, texts: pa.Array, form: str) -> pa.BooleanArray:
    return pc.equal(_unpadded(pc.strftime(instants, form)), _unpadded(texts))


def _unpadded(texts: pa.Array) -> pa.Array:
    upper = pc.utf8_upper(texts.cast(pa.string()))
    return pc.replace_substring_regex(upper, r"\b0(\d)\b", r"\1")
