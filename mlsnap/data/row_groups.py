"""The row groups of a Parquet file as blocks, which need not be kept anywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.data.blocks import Blocks, as_batch
from mlsnap.data.files import check_unchanged, stamps_of, unreadable
from mlsnap.data.layout import plain_schema, plain_table
from mlsnap.values.snapshot import Definition

_ROWS = 1 << 20
"""Rows of a row group, at most."""


def row_groups_of(definition: Definition, *, most: int) -> Blocks | None:
    """The rows of a definition that is a local Parquet file and nothing else.

    ``None`` if it is another one, or a row group has more than `_ROWS` rows or ``most`` bytes.

    Raises
    ------
    SourceError
        When a block is read: if it cannot be, or the file has changed.
    """
    file = Path(definition.source or "")
    if definition.format != "parquet" or definition.options or definition.steps:
        return None
    if not file.is_file():
        return None
    before = stamps_of([file])
    with _translated(file), pq.ParquetFile(file) as opened:
        metadata, schema = opened.metadata, opened.schema_arrow
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    small = all(group.num_rows <= _ROWS and group.total_byte_size <= most for group in groups)
    if not small or len(set(schema.names)) < len(schema):
        return None

    def read(number: int, names: Sequence[str]) -> pa.RecordBatch:
        with _translated(file), pq.ParquetFile(file, metadata=metadata) as opened:
            table = opened.read_row_group(number, columns=list(names), use_threads=False)
        check_unchanged(before)
        return as_batch(plain_table(table.select(list(names))))

    return Blocks(plain_schema(schema), tuple(group.num_rows for group in groups), read)


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise unreadable(str(file), "Parquet", error) from error
