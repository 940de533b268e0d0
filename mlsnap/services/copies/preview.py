"""The first rows of a copy, for a server: it reads for others, so it reads little and nothing odd.

What is recorded of a copy was written by whoever could write to its run. Of that, a server follows
only what it is itself set up for: the remotes of its own settings and DVC config, opened with its
own options, and in them only parts in mlsnap's own form, checked before they are decoded. The
recorded address is compared, never opened, and a recorded reader, which may name a format, options
and functions, is never used.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap import storage
from mlsnap.data import mixed
from mlsnap.errors import DataIntegrityError, NoDataCopyError
from mlsnap.services.copies.part_rows import first_parts, has_parts
from mlsnap.services.copies.pulling import copy_of
from mlsnap.services.remotes import remote_of
from mlsnap.services.workspace import Workspace
from mlsnap.values.snapshot import DataCopy, Part, SnapshotRecord

_MOST_STORED = 64_000_000
"""Bytes of parts that are fetched."""

_MOST_DECODED = 512_000_000
"""Bytes of columns that are decoded, as the parts say."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Some rows of a table, and how many columns it has in all."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    column_count: int


def first_rows(workspace: Workspace, record: SnapshotRecord, *, rows: int, columns: int) -> Preview:
    """The first rows and columns of a snapshot's copy.

    Raises
    ------
    NoDataCopyError
        If it has no copy, one that is not mlsnap's own parts, or one in a remote that is not this
        process's own.
    RemoteError
        If the copy cannot be had.
    DataIntegrityError
        If what lies there is not what was recorded.
    """
    copy = copy_of(record)
    if copy.tracked or not has_parts(copy):
        raise NoDataCopyError(
            f"the data of {record.reference} is kept as the files of its source, which only a "
            "user's own program reads",
            f"`mlsnap head {record.reference}` shows its rows",
        )
    parts = _few(first_parts(copy.parts, rows), record)
    read = partial(_decoded, rows=rows, columns=columns)
    with closing(
        storage.read_parts(copy, _own_remote(workspace, copy, record), make=read, parts=parts)
    ) as found:
        previews = list(found)
    return Preview(
        columns=previews[0].columns,
        rows=tuple(row for each in previews for row in each.rows)[:rows],
        column_count=previews[0].column_count,
    )


def _own_remote(workspace: Workspace, copy: DataCopy, record: SnapshotRecord) -> storage.Remote:
    """The remote of this process's own that has the recorded address."""
    usual = remote_of(workspace)
    if usual.url == copy.remote["url"]:
        return usual
    known = storage.configured_at(copy, project=workspace.project)
    if known is None:
        raise NoDataCopyError(
            f"the copy of {record.reference} lies in a remote that this server is not set up for",
            "whoever runs the server can add that remote to the DVC config of its folder; "
            f"`mlsnap head {record.reference}` shows the rows to whom the remote is open",
        )
    return known


def _few(parts: Sequence[Part], record: SnapshotRecord) -> Sequence[Part]:
    size = sum(part.size for part in parts)
    if size > _MOST_STORED or not parts:
        raise NoDataCopyError(
            f"the first rows of {record.reference} are in parts of {size:,} bytes, more than the "
            f"{_MOST_STORED:,} that a page fetches",
            f"`mlsnap head {record.reference}` shows its rows",
        )
    return parts


def _decoded(part: Part, content: memoryview, *, rows: int, columns: int) -> Preview:
    """The first rows of a part; of its columns, the first ones."""
    try:
        with pq.ParquetFile(pa.BufferReader(pa.py_buffer(content))) as file:
            schema = file.schema_arrow
            names = tuple(schema.names[:columns])
            _check_size(file.metadata, part)
            batch = next(file.iter_batches(rows, columns=list(names), use_threads=False), None)
    except (pa.ArrowException, OSError) as error:
        raise DataIntegrityError(
            f"part {part.path!r} is what was stored, but cannot be read: {error}",
            "use the newest mlsnap and pyarrow: pip install --upgrade mlsnap pyarrow",
        ) from error
    values = [_values(batch, name) for name in names] if batch is not None else []
    return Preview(names, tuple(zip(*values, strict=True)), len(schema))


def _check_size(metadata: pq.FileMetaData, part: Part) -> None:
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    size = sum(group.total_byte_size for group in groups)
    if size > _MOST_DECODED:
        raise NoDataCopyError(
            f"part {part.path!r} has {size:,} bytes of values, more than the {_MOST_DECODED:,} "
            "that a page reads",
            "`mlsnap head` shows its rows",
        )


def _values(batch: pa.RecordBatch, name: str) -> list[Any]:
    values: list[Any] = batch.column(name).to_pylist()
    if not mixed.is_mixed(batch.schema.field(name)):
        return values
    return [None if value is None else mixed.from_text(value) for value in values]
