"""Chunks of rows as the Parquet files of a data copy, and back.

The same values in the same units give the same bytes (of one pyarrow version), whatever carried
them and however they lie in memory: layouts are plain, and table metadata is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mlsnap.data import mixed
from mlsnap.data.chunk_keys import chunk_key
from mlsnap.data.digest import Digest
from mlsnap.data.layout import plain_table
from mlsnap.data.types import is_text
from mlsnap.errors import DataIntegrityError, SourceError

PART_ROWS = 1 << 17
"""Rows of the files of `write_parts`."""

_LOOKED_AT = 1 << 12
"""Texts of a part that tell whether texts come again, so that a dictionary is worth it."""


def part_rows(chunk: pa.Table) -> pa.Table:
    """The rows of ``chunk`` as a part holds them: plain, each column in one piece.

    Of a column of several types it says that it is one, not what is in the whole table's: the
    rows of a part do not change with others.
    """
    rows = plain_table(chunk).combine_chunks()
    fields = [
        field.with_metadata(mixed.metadata_of(())) if mixed.is_mixed(field) else field
        for field in rows.schema
    ]
    return pa.Table.from_arrays(rows.columns, schema=pa.schema(fields))


def part_path(number: int) -> str:
    """The name of a copy's part; the first is number 0."""
    return f"part-{number:06d}.parquet"


def encode(rows: pa.Table) -> pa.Buffer:
    """The Parquet file of `part_rows`; texts have dictionaries where they come again.

    Raises
    ------
    SourceError
        If Parquet has no form for a column's type.
    """
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(
            rows,
            sink,
            compression="zstd",
            compression_level=1,
            row_group_size=max(len(rows), 1),
            use_dictionary=[name for name in rows.column_names if _comes_again(rows[name])],
        )
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise SourceError(
            f"{_unwritable(rows)} cannot be written as Parquet: {error}",
            "drop or convert that column, or take the snapshot without data",
        ) from error
    return sink.getvalue()


def decode(content: pa.Buffer, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a part, or some columns of them; Parquet keeps seconds as milliseconds."""
    with pq.ParquetFile(pa.BufferReader(content)) as file:
        return file.read(columns, use_threads=False)


def check_part(content: pa.Buffer, schema: pa.Schema, *, key: str) -> None:
    """Read a part back, and see that its rows are those that were encoded.

    Parameters
    ----------
    schema
        Of the rows that were encoded.
    key
        Their `chunk_key`.

    Raises
    ------
    DataIntegrityError
        If they are not.
    """
    try:
        found = chunk_key(decode(content).cast(schema))
    except pa.ArrowInvalid as error:
        raise _not_held(str(error)) from error
    if found != key:
        raise _not_held(f"key {found[:16]}…, not {key[:16]}…")


def write_parts(table: pa.Table, folder: Path, *, digest: str) -> list[str]:
    """Write a ``table`` in memory into ``folder``; returns the names of the files, in order.

    Raises
    ------
    SourceError
        If Parquet has no form for a column's type.
    DataIntegrityError
        If what was written does not have the ``digest``.
    """
    names = []
    for number, start in enumerate(range(0, max(len(table), 1), PART_ROWS)):
        names.append(part_path(number))
        content = encode(part_rows(table.slice(start, PART_ROWS)))
        (folder / names[-1]).write_bytes(content)
    found = _digest_of_files(table.schema, [folder / name for name in names])
    if found != digest:
        raise _not_held(f"digest {found[:16]}…, not {digest[:16]}…")
    return names


def _comes_again(column: pa.ChunkedArray) -> bool:
    """Whether values are texts that are not nearly all different."""
    if not is_text(column.type):
        return False
    first = column.slice(0, _LOOKED_AT)
    return bool(16 * pc.count_distinct(first).as_py() <= 15 * (len(first) - first.null_count))


def _digest_of_files(schema: pa.Schema, files: Iterable[Path]) -> str:
    digest = Digest(schema)
    for file in files:
        for batch in decode(pa.py_buffer(file.read_bytes())).to_batches():
            digest.update(batch)
    return digest.hexdigest()


def _not_held(why: str) -> DataIntegrityError:
    return DataIntegrityError(
        f"the copy does not hold what was read: {why}",
        "Parquet cannot hold a value of this table exactly; take the snapshot without data "
        "and report the columns' types",
    )


def _unwritable(rows: pa.Table) -> str:
    """The first column that Parquet refuses, with its type."""
    for field in rows.schema:
        try:
            pq.write_table(rows.select([field.name]), pa.BufferOutputStream())
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            return f"column {field.name!r} ({field.type})"
    return "the table"
