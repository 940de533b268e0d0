"""A table as the Parquet files of a data copy."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.data.digest import digest_of
from mlsnap.data.layout import plain_table
from mlsnap.data.types import is_text
from mlsnap.errors import DataIntegrityError, SourceError

PART_ROWS = 1 << 17
"""Rows of a part."""


def write_parts(table: pa.Table, folder: Path, *, digest: str) -> list[str]:
    """Write ``table`` into ``folder`` as Parquet files of equal rows; returns their names in order.

    The same values in the same units give the same bytes (of one pyarrow version), whatever
    carried them: layouts are plain, and table metadata is left out.

    Raises
    ------
    SourceError
        If Parquet has no form for a column's type.
    DataIntegrityError
        If what was written does not have the ``digest`` of what was read.
    """
    table = plain_table(table)
    names = []
    for number, start in enumerate(range(0, max(table.num_rows, 1), PART_ROWS)):
        names.append(f"part-{number:06d}.parquet")
        _write(table.slice(start, PART_ROWS), folder / names[-1])
    _check(folder, names, digest)
    return names


def _write(rows: pa.Table, file: Path) -> None:
    texts = [field.name for field in rows.schema if is_text(field.type)]
    try:
        pq.write_table(
            rows.combine_chunks(),
            file,
            compression="zstd",
            compression_level=1,
            row_group_size=PART_ROWS,
            use_dictionary=texts,
        )
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise SourceError(
            f"{_unwritable(rows)} cannot be written as Parquet: {error}",
            "drop or convert that column, or take the snapshot without data",
        ) from error


def _unwritable(rows: pa.Table) -> str:
    """The first column that Parquet refuses, with its type."""
    for field in rows.schema:
        try:
            pq.write_table(rows.select([field.name]), pa.BufferOutputStream())
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            return f"column {field.name!r} ({field.type})"
    return "the table"


def _check(folder: Path, names: list[str], expected: str) -> None:
    stored = pa.concat_tables(pq.read_table(folder / name, partitioning=None) for name in names)
    if (found := digest_of(stored)) != expected:
        raise DataIntegrityError(
            f"the copy does not hold what was read: digest {found[:16]}…, not {expected[:16]}…",
            "Parquet cannot hold a value of this table exactly; take the snapshot without data "
            "and report the columns' types",
        )
