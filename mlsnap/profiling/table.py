"""The profile of a table, from all values of each column."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from mlsnap.data.layout import plain, plain_type
from mlsnap.data.mixed import is_mixed, type_counts
from mlsnap.data.types import kind_of, type_name
from mlsnap.profiling import binaries, booleans, dates, lists, mixed, numbers, texts
from mlsnap.values.profile import ColumnProfile, Kind, Profile, ValueCount

SUMMARIES = {
    Kind.INTEGER: numbers.summarise,
    Kind.DECIMAL: numbers.summarise,
    Kind.STRING: texts.summarise,
    Kind.MIXED: mixed.summarise,
    Kind.BOOLEAN: booleans.summarise,
    Kind.DATE: dates.summarise,
    Kind.BINARY: binaries.summarise,
    Kind.LIST: lists.summarise,
}
"""What a column of each kind adds to the counts that all have; the others add nothing."""


def profile_table(
    table: pa.Table, *, digest: str, errors: Mapping[str, int] | None = None
) -> Profile:
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
    errors = errors or {}
    columns = [
        _profile_column(field, values, errors.get(field.name, 0))
        for field, values in zip(table.schema, table.columns, strict=True)
    ]
    return Profile(tuple(columns), table.num_rows, digest)


def _profile_column(field: pa.Field, values: pa.ChunkedArray, error_count: int) -> ColumnProfile:
    """The profile of one column. Nulls are missing; NaN is counted apart."""
    kind = Kind.MIXED if is_mixed(field) else kind_of(field.type)
    present = _one_array(values).drop_null()
    summary = SUMMARIES[kind](present) if kind in SUMMARIES and len(present) else {}
    return ColumnProfile(
        name=field.name,
        type=kind,
        arrow_type=type_name(field.type),
        count=len(values),
        missing_count=len(values) - len(present),
        error_count=error_count,
        type_counts=_type_counts(field),
        **summary,
    )


def _one_array(values: pa.ChunkedArray) -> pa.Array:
    chunks = [plain(chunk) for chunk in values.chunks]
    return pa.concat_arrays(chunks or [pa.array([], plain_type(values.type))])


def _type_counts(field: pa.Field) -> tuple[ValueCount, ...]:
    counts = type_counts(field) if is_mixed(field) else {}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ValueCount(name, count) for name, count in ordered)
