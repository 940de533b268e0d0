"""A table as the Parquet files of a data copy."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.data.digest import Digest, plain
from mlsnap.data.types import entry_type, is_binary, is_list, is_text, value_type
from mlsnap.errors import DataIntegrityError, SourceError

PART_ROWS = 1 << 17
"""Rows of a part."""


def write_parts(table: pa.Table, folder: Path, *, digest: str) -> list[str]:
    """Write ``table`` into ``folder`` as Parquet files of equal rows; returns their names in order.

    The same rows give the same bytes (of one pyarrow version), whatever carried them: text and
    bytes have one layout, dictionaries are stored by value, table metadata is left out.

    Raises
    ------
    SourceError
        If Parquet has no form for a column's type.
    DataIntegrityError
        If what was written does not have the ``digest`` of what was read.
    """
    table = _storable(table)
    names = []
    for number, start in enumerate(range(0, max(table.num_rows, 1), PART_ROWS)):
        names.append(f"part-{number:06d}.parquet")
        part = table.slice(start, PART_ROWS).combine_chunks()
        try:
            pq.write_table(
                part,
                folder / names[-1],
                compression="zstd",
                compression_level=1,
                row_group_size=PART_ROWS,
                use_dictionary=[field.name for field in part.schema if is_text(field.type)],
            )
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            raise SourceError(
                f"the table cannot be written as Parquet: {error}",
                "drop or convert that column, or take the snapshot without data",
            ) from error
    _check(folder, names, digest)
    return names


def digest_of(table: pa.Table) -> str:
    """The digest of a whole table, 64 hex digits."""
    digest = Digest(table.schema)
    for batch in table.to_batches():
        digest.update(batch)
    return digest.hexdigest()


def _check(folder: Path, names: list[str], expected: str) -> None:
    stored = pa.concat_tables(pq.read_table(folder / name, partitioning=None) for name in names)
    if (found := digest_of(stored)) != expected:
        raise DataIntegrityError(
            f"the copy does not hold what was read: digest {found[:16]}…, not {expected[:16]}…",
            "Parquet cannot hold a value of this table exactly; take the snapshot without data "
            "and report the columns' types",
        )


def _storable(table: pa.Table) -> pa.Table:
    fields = [
        pa.field(field.name, _stored_type(field.type), metadata=_own(field))
        for field in table.schema
    ]
    columns = [
        pa.chunked_array([plain(chunk).cast(field.type) for chunk in column.chunks], field.type)
        for field, column in zip(fields, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _own(field: pa.Field) -> dict[bytes, bytes]:
    """The field's metadata that is mlsnap's."""
    return {k: v for k, v in (field.metadata or {}).items() if k.startswith(b"mlsnap.")}


def _stored_type(type_: pa.DataType) -> pa.DataType:
    type_ = value_type(type_)
    if is_text(type_):
        return pa.large_string()
    if is_binary(type_):
        return pa.large_binary()
    if is_list(type_):
        return pa.list_(_stored_type(entry_type(type_)))
    if pa.types.is_struct(type_):
        return pa.struct([pa.field(f.name, _stored_type(f.type)) for f in type_])
    return type_
