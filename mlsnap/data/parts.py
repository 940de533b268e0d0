"""The rows of a table as the Parquet files of a data copy."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.data.digest import Digest
from mlsnap.data.layout import plain_table
from mlsnap.data.types import is_text
from mlsnap.errors import DataIntegrityError, SourceError

PART_ROWS = 1 << 17
"""Rows of a part."""


class PartsWriter:
    """Writes rows into Parquet files of equal rows.

    The same values in the same units give the same bytes (of one pyarrow version), whatever
    carried them and however they were cut: layouts are plain, and table metadata is left out.

    Parameters
    ----------
    folder
        Where the files go; by default a temporary folder that is gone with the writer.
    """

    def __init__(self, schema: pa.Schema, folder: Path | None = None) -> None:
        self._schema = schema
        self.folder = folder or Path(tempfile.mkdtemp(prefix="mlsnap-"))
        if folder is None:
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.names: list[str] = []
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Take the next rows.

        Raises
        ------
        SourceError
            If Parquet has no form for a column's type.
        """
        self._waiting.append(batch)
        self._rows += batch.num_rows
        while self._rows >= PART_ROWS:
            self._write_part(PART_ROWS)

    def finish(self, *, digest: str) -> list[str]:
        """The names of the files, in order, when all rows are written; one at least.

        Raises
        ------
        DataIntegrityError
            If what was written does not have the ``digest`` of what was read.
        """
        if self._rows or not self.names:
            self._write_part(self._rows)
        self._check(digest)
        return self.names

    def _write_part(self, size: int) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting = table.slice(size).to_batches()
        self._rows -= size
        self.names.append(f"part-{len(self.names):06d}.parquet")
        _write(plain_table(table.slice(0, size)), self.folder / self.names[-1])

    def _check(self, expected: str) -> None:
        found = None
        for name in self.names:
            with pq.ParquetFile(self.folder / name) as file:
                found = found or Digest(file.schema_arrow)
                for batch in file.iter_batches(PART_ROWS):
                    found.update(batch)
        assert found is not None
        if (digest := found.hexdigest()) != expected:
            raise DataIntegrityError(
                f"the copy does not hold what was read: digest {digest[:16]}…, "
                f"not {expected[:16]}…",
                "Parquet cannot hold a value of this table exactly; take the snapshot without data "
                "and report the columns' types",
            )


def write_parts(table: pa.Table, folder: Path, *, digest: str) -> list[str]:
    """Write a ``table`` in memory into ``folder``; names and errors as of `PartsWriter.finish`."""
    writer = PartsWriter(table.schema, folder)
    for batch in table.to_batches():
        writer.write(batch)
    return writer.finish(digest=digest)


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
