"""The profile of a table, from all values of each column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlsnap.data.digest import plain
from mlsnap.data.types import kind_of, type_name
from mlsnap.profiling import binaries, booleans, dates, lists, numbers, texts
from mlsnap.values.profile import ColumnProfile, Kind, Profile, ValueCount

SUMMARIES = {
    Kind.INTEGER: numbers.summarise,
    Kind.DECIMAL: numbers.summarise,
    Kind.STRING: texts.summarise,
    Kind.MIXED: texts.summarise,
    Kind.BOOLEAN: booleans.summarise,
    Kind.DATE: dates.summarise,
    Kind.BINARY: binaries.summarise,
    Kind.LIST: lists.summarise,
}
"""What a column of each kind adds to the counts that all have; the others add nothing."""


def profile_table(table: pa.Table, *, digest: str, errors: Mapping[str, int] | None = None) -> Profile:
    """The profile of ``table``.

    Parameters
    ----------
    table
        Column names must be unique.
    digest
        SHA-256 of the content (`mlsnap.data.digest.Digest`).
    errors
        Values by column that did not parse as the column's type and are null in ``table``.
    """
    columns = [
        profile_column(field, values, error_count=(errors or {}).get(field.name, 0))
        for field, values in zip(table.schema, table.columns, strict=True)
    ]
    return Profile(tuple(columns), table.num_rows, digest)


def profile_column(
    field: pa.Field, values: pa.ChunkedArray, *, error_count: int = 0
) -> ColumnProfile:
    """The profile of one column. Nulls are missing; NaN is counted apart."""
    kind, type_counts = _kind(field)
    present = one_array(values).drop_null()
    return ColumnProfile(
        name=field.name,
        type=kind,
        arrow_type=type_name(field.type),
        count=len(values),
        missing_count=len(values) - len(present),
        error_count=error_count,
        type_counts=type_counts,
        **_summary(kind, present),
    )


def one_array(values: pa.ChunkedArray) -> pa.Array:
    """All chunks in one array, dictionaries and extension types looked through."""
    chunks = [plain(chunk) for chunk in values.chunks]
    return pa.concat_arrays(chunks) if chunks else plain(pa.array([], values.type))


def _summary(kind: Kind, present: pa.Array) -> dict[str, Any]:
    return SUMMARIES[kind](present) if kind in SUMMARIES and len(present) else {}


def _kind(field: pa.Field) -> tuple[Kind, tuple[ValueCount, ...]]:
    mixed = (field.metadata or {}).get(b"mlsnap.mixed")
    if not mixed:
        return kind_of(field.type), ()
    counts = sorted(json.loads(mixed).items(), key=lambda item: (-item[1], item[0]))
    return Kind.MIXED, tuple(ValueCount(name, count) for name, count in counts)
