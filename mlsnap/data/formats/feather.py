"""Feather and other Arrow IPC files, and streams of the same messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from mlsnap.data.files import File, open_bytes, unreadable
from mlsnap.data.rows import BATCH_ROWS, Rows, unique_names, with_unique_names
from mlsnap.data.schemas import conformed, to_type, unified
from mlsnap.errors import SourceError

_FILE = b"ARROW1"


def read(files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The rows of Arrow ``files``, file by file.

    A column is in the result if any of the files has it, null where a file has not. A batch is
    in memory at a time, as large as whoever wrote the file made it.
    """
    schema = unified([_schema(file) for file in files], files)
    by_column = all(_has_index(file) for file in files)
    return Rows(
        schema,
        (batch for file in files for batch in _batches(file, schema)),
        column=(lambda position: _column(files, schema.field(position))) if by_column else None,
    )


def _schema(file: File) -> pa.Schema:
    with _opened(file) as reader:
        return with_unique_names(reader.schema)


def _batches(file: File, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with _opened(file) as reader:
        for batch in _stored(reader):
            named = batch.rename_columns(unique_names(batch.schema.names))
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield conformed(named.slice(start, BATCH_ROWS), schema)


def _column(files: Sequence[File], field: pa.Field) -> Iterator[pa.Array]:
    for file in files:
        names = _schema(file).names
        if field.name not in names:
            yield pa.nulls(_row_count(file), field.type)
            continue
        with _opened(file, only=names.index(field.name)) as reader:
            for batch in _stored(reader):
                yield to_type(batch.column(0), field.type)


def _row_count(file: File) -> int:
    with _opened(file, only=0) as reader:
        return sum(batch.num_rows for batch in _stored(reader))


def _stored(reader: Any) -> Iterator[pa.RecordBatch]:
    """Batches of a file, which has an index of them, or of a stream."""
    if isinstance(reader, pa.RecordBatchFileReader):
        return (reader.get_batch(index) for index in range(reader.num_record_batches))
    return iter(reader)


def _has_index(file: File) -> bool:
    with _reading(file), open_bytes(file) as raw:
        return bool(raw.read(len(_FILE)) == _FILE)


@contextmanager
def _opened(file: File, *, only: int | None = None) -> Iterator[Any]:
    """The file's reader; ``only`` is the position of a single column to read."""
    how = pa.ipc.IpcReadOptions(included_fields=None if only is None else [only])
    open_reader = pa.ipc.open_file if _has_index(file) else pa.ipc.open_stream
    with _reading(file), open_bytes(file) as raw, open_reader(raw, options=how) as reader:
        yield reader


@contextmanager
def _reading(file: File) -> Iterator[None]:
    try:
        yield
    except SourceError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file, "Arrow file or stream", error) from error
