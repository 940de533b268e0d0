"""The rule by which columns of a delimited file get their types, told slowly over whole columns."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv

MISSING = frozenset(arrow_csv.ConvertOptions().null_values)
CHAINS = {
    pa.int64(): (pa.int64(), pa.float64()),
    pa.date32(): (pa.date32(), pa.timestamp("s"), pa.timestamp("ns")),
    pa.timestamp("s"): (pa.timestamp("s"), pa.timestamp("ns")),
    pa.timestamp("s", "UTC"): (pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC")),
}


@dataclass
class Ruled:
    """What a column is."""

    values: list[Any]
    type: pa.DataType
    errors: int


def column_of(texts: list[str], start: int) -> Ruled:
    """``texts`` as a column whose file starts with the first ``start`` of them."""
    whole = typed(texts)
    if not pa.types.is_string(whole.type):
        return Ruled(whole.to_pylist(), whole.type, 0)
    first = typed(texts[:start])
    if pa.types.is_string(first.type) or pa.types.is_null(first.type):
        return Ruled(texts, pa.string(), 0)
    present = sum(text not in MISSING for text in texts)
    found = []
    for type_ in CHAINS.get(first.type, (first.type,)):
        cells = [as_type(text, type_) for text in texts]
        wrong = sum(
            cell is None and text not in MISSING for cell, text in zip(cells, texts, strict=True)
        )
        if wrong <= 0.1 * present:
            found.append(Ruled(cells, type_, wrong))
    return min(found, key=lambda each: each.errors, default=Ruled(texts, pa.string(), 0))


def typed(texts: list[str]) -> pa.Array:
    """The narrowest type that all ``texts`` fit, as Arrow finds it."""
    lines = io.BytesIO("\n".join(["x", *(f'"{text}"' for text in texts), ""]).encode())
    convert = arrow_csv.ConvertOptions(timestamp_parsers=[arrow_csv.ISO8601])
    return arrow_csv.read_csv(lines, convert_options=convert).column(0).combine_chunks()


def as_type(text: str, type_: pa.DataType) -> Any:
    """One text as a value, or ``None``."""
    convert = arrow_csv.ConvertOptions(
        column_types={"x": type_}, timestamp_parsers=[arrow_csv.ISO8601]
    )
    try:
        lines = io.BytesIO(f'x\n"{text}"\n'.encode())
        return arrow_csv.read_csv(lines, convert_options=convert).column(0)[0].as_py()
    except pa.ArrowInvalid:
        return None
