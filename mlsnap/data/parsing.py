"""Texts as values of a type, with the ones that are none counted instead of guessed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

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


@dataclass(frozen=True)
class Parsed:
    """Values, null where a text is missing or wrong, and how many are wrong."""

    values: pa.Array
    wrong: int

    @property
    def wrong_share(self) -> float:
        """Wrong ones among all that are not missing, a fraction 0-1."""
        return self.wrong / int(max(len(self.values) - self.values.null_count + self.wrong, 1))


def parse(texts: pa.ChunkedArray, type_: pa.DataType, *, missing: Sequence[str]) -> Parsed | None:
    """``texts`` as values of ``type_``, in the forms that CSV files have.

    ``missing`` are texts that stand for no value. ``None`` if more than `MOST_WRONG` different
    texts are no values.
    """
    distinct = texts.cast(pa.large_string()).combine_chunks().dictionary_encode()
    values = _parse_distinct(distinct.dictionary, type_, missing)
    return None if values is None else _counted(distinct, values, missing)


def parse_dates(texts: pa.ChunkedArray, forms: Sequence[str], *, missing: Sequence[str]) -> Parsed:
    """``texts`` as instants in microseconds, each in one of the `strptime` ``forms``.

    A text is wrong unless the instant, written in the same form, is that text again (but for
    leading zeros): 2/30/2016 is no date, and 16 is no year.
    """
    distinct = texts.cast(pa.large_string()).combine_chunks().dictionary_encode()
    instants = [_instants(distinct.dictionary, form) for form in forms]
    values = pc.coalesce(*instants).cast(pa.timestamp("us"))
    return _counted(distinct, values, missing)


def _counted(distinct: pa.DictionaryArray, values: pa.Array, missing: Sequence[str]) -> Parsed:
    absent = pc.is_in(distinct.dictionary, pa.array(missing, pa.large_string()))
    wrong = pc.and_not(values.is_null(), absent).take(distinct.indices)
    return Parsed(values.take(distinct.indices), int(pc.sum(wrong).as_py() or 0))


def _parse_distinct(texts: pa.Array, type_: pa.DataType, missing: Sequence[str]) -> pa.Array | None:
    """Halve what does not parse until the single wrong values stand alone."""
    parsed, waiting, wrong = [pa.array([], type_)], [texts], 0
    while waiting and wrong <= MOST_WRONG:
        texts = waiting.pop()
        values = _parse_all(texts, type_, missing)
        if values is None and len(texts) > 1:
            middle = len(texts) // 2
            waiting += [texts.slice(middle), texts.slice(0, middle)]
            continue
        wrong += values is None
        parsed.append(pa.nulls(1, type_) if values is None else values)
    return pa.concat_arrays(parsed) if wrong <= MOST_WRONG else None


def _parse_all(texts: pa.Array, type_: pa.DataType, missing: Sequence[str]) -> pa.Array | None:
    lines = io.BytesIO()
    arrow_csv.write_csv(pa.table({"value": texts}), lines)
    lines.seek(0)
    convert = arrow_csv.ConvertOptions(
        column_types={"value": type_}, null_values=list(missing), quoted_strings_can_be_null=True
    )
    whole = arrow_csv.ReadOptions(block_size=len(lines.getbuffer()) + 1)
    parse = arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    try:
        table = arrow_csv.read_csv(lines, whole, parse, convert)
    except pa.ArrowInvalid:
        return None
    return table.column(0).combine_chunks()


def _instants(texts: pa.Array, form: str) -> pa.Array:
    instants = pc.strptime(texts, form, "s", error_is_null=True)
    if instants.null_count == len(instants):
        return instants
    same = pc.equal(_unpadded(pc.strftime(instants, form)), _unpadded(texts))
    return pc.if_else(same, instants, None)


def _unpadded(texts: pa.Array) -> pa.Array:
    upper = pc.utf8_upper(texts.cast(pa.large_string()))
    return pc.replace_substring_regex(upper, r"\b0(\d)\b", r"\1")
