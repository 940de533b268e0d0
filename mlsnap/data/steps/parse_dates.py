"""Texts as instants, in forms that are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from mlsnap.data import parsing
from mlsnap.data.flow import flowing, replaced, require_columns, with_column
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import NAMES
from mlsnap.data.types import is_text, value_type
from mlsnap.errors import SourceError

ARGUMENTS = {"columns": NAMES, "formats": NAMES}

_INSTANT = pa.timestamp("us")


def step(*columns: str, formats: Sequence[str]) -> dict[str, Any]:
    """Read the texts of columns as instants, each in the first of the `strptime` forms it fits.

    An empty text is missing; one that fits no form is an error: null, and counted. A column that
    holds dates already stays what it is.

    >>> step("born", formats=["%d.%m.%Y"])
    {'step': 'parse_dates', 'columns': ['born'], 'formats': ['%d.%m.%Y']}
    """
    return {"step": "parse_dates", "columns": list(columns), "formats": list(formats)}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are; `SourceError` if a format is none."""
    for form in arguments["formats"]:
        parsing.check_form(form)
    return arguments


def apply(rows: Rows, *, columns: list[str], formats: list[str]) -> Rows:
    """All columns, some of them timestamps in microseconds."""
    require_columns(rows.schema, columns)
    texts = [name for name in columns if _holds_text(rows.schema.field(name))]
    schema = rows.schema
    for name in texts:
        schema = with_column(schema, name, _INSTANT)
    own = dict.fromkeys(texts, 0)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows.batches:
            made = {name: _parsed(batch.column(name), formats) for name in texts}
            for name, each in made.items():
                own[name] += each.wrong
            yield replaced(batch, schema, {name: each.values for name, each in made.items()})

    return flowing(rows, schema, batches(), own=own, row_count=rows.row_count)


def _holds_text(field: pa.Field) -> bool:
    type_ = value_type(field.type)
    if is_text(type_) or pa.types.is_null(type_):
        return True
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        return False
    raise SourceError(
        f"column {field.name!r} holds {type_} values, not texts",
        "cast it to string in a step before",
    )


def _parsed(column: pa.Array, formats: list[str]) -> parsing.Parsed:
    return parsing.parse_dates(column.cast(pa.large_string()), formats, missing=("",))
