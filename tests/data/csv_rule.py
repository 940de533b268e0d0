"""The rule by which columns of a delimited file get their types, told slowly over whole columns."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv

MISSING = frozenset(arrow_csv.ConvertOptions().null_values)
MOST_WRONG_SHARE = 0.1
FAMILIES = (
    (pa.int64(), pa.uint64(), pa.float64()),
    (pa.date32(), pa.timestamp("s"), pa.timestamp("ns")),
    (pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC")),
    (pa.bool_(),),
    (pa.time32("s"),),
)


@dataclass
class Ruled:
    """What a column is."""

    values: list[Any]
    type: pa.DataType
    errors: int


def column_of(texts: list[str]) -> Ruled:
    """``texts`` as a column, wherever each of them stands."""
    present = [text for text in texts if text not in MISSING]
    if not present:
        return Ruled([None] * len(texts), pa.null(), 0)
    family = max(FAMILIES, key=lambda each: sum(is_one_of(text, each) for text in present))
    fits = [text for text in present if is_one_of(text, family)]
    if not fits:
        return Ruled(texts, pa.string(), 0)
    type_ = number_type(fits) if family == FAMILIES[0] else narrowest(fits, family)
    cells = [value_of(text, type_) if text not in MISSING else None for text in texts]
    wrong = sum(cell is None for cell in cells) - (len(texts) - len(present))
    if wrong > MOST_WRONG_SHARE * len(present) or type_ == pa.string():
        return Ruled(texts, pa.string(), 0)
    return Ruled(cells, type_, wrong)


def is_one_of(text: str, family: tuple[pa.DataType, ...]) -> bool:
    """Whether ``text`` is a value of one of the types."""
    return any(as_type(text, type_) is not None for type_ in family)


def number_type(texts: list[str]) -> pa.DataType:
    """The type that holds all the numbers, and every digit of the integers."""
    integers = [int(text, 0) for text in texts if is_integer(text)]
    if len(integers) < len(texts) and all(abs(each) <= 2**53 for each in integers):
        return pa.float64()
    for type_, least, most in ((pa.int64(), -(2**63), 2**63), (pa.uint64(), 0, 2**64)):
        if all(least <= each < most for each in integers):
            return type_
    return pa.string()


def narrowest(texts: list[str], family: tuple[pa.DataType, ...]) -> pa.DataType:
    """The first type of the family that most of the ``texts`` are of."""
    return max(family, key=lambda type_: sum(as_type(t, type_) is not None for t in texts))


def is_integer(text: str) -> bool:
    """Whether a number is written as an integer."""
    return text.strip().lstrip("+-").isdigit()


def value_of(text: str, type_: pa.DataType) -> Any:
    """One text as a value; a decimal is an integer where it equals one."""
    value = as_type(text, type_)
    if value is None and pa.types.is_integer(type_) and not is_integer(text):
        number = as_type(text, pa.float64())
        return int(number) if number is not None and number.is_integer() else None
    return value


def as_type(text: str, type_: pa.DataType) -> Any:
    """One text as a value, or ``None``."""
    convert = arrow_csv.ConvertOptions(
        column_types={"x": type_}, timestamp_parsers=[arrow_csv.ISO8601]
    )
    try:
        lines = io.BytesIO(f'x\n"{text.removeprefix("+")}"\n'.encode())
        return arrow_csv.read_csv(lines, convert_options=convert).column(0)[0].as_py()
    except pa.ArrowInvalid:
        return None
