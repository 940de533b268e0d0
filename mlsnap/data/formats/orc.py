"""ORC files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from mlsnap.data.files import File, open_bytes, unreadable
from mlsnap.data.rows import BATCH_ROWS, Rows, unique_names, with_unique_names
from mlsnap.data.schemas import conformed, to_type, unified
from mlsnap.errors import SourceError


def read(files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The rows of ORC ``files``, file by file.

    A column is in the result if any of the files has it, null where a file has not. A stripe is
    in memory at a time.
    """
    found = [_about(file) for file in files]
    schema = unified([each for each, _ in found], files)
    return Rows(
        schema,
        (batch for file in files for batch in _batches(file, schema)),
        column=lambda position: _column(files, schema.field(position)),
        row_count=sum(count for _, count in found),
    )


def _about(file: File) -> tuple[pa.Schema, int]:
    with _opened(file) as orc:
        return with_unique_names(orc.schema), orc.nrows


def _batches(file: File, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with _opened(file) as orc:
        names = unique_names(orc.schema.names)
        for number in range(orc.nstripes):
            stripe = orc.read_stripe(number).rename_columns(names)
            for start in range(0, stripe.num_rows, BATCH_ROWS):
                yield conformed(stripe.slice(start, BATCH_ROWS), schema)


def _column(files: Sequence[File], field: pa.Field) -> Iterator[pa.Array]:
    for file in files:
        with _opened(file) as orc:
            names = unique_names(orc.schema.names)
            if field.name not in names:
                yield pa.nulls(orc.nrows, field.type)
                continue
            for number in range(orc.nstripes):
                stripe = orc.read_stripe(number, columns=[names.index(field.name)])
                yield to_type(stripe.column(0), field.type)


@contextmanager
def _opened(file: File) -> Iterator[Any]:
    try:
        from pyarrow import orc
    except ImportError as error:
        raise SourceError(
            f"{file} cannot be read: this build of pyarrow has no ORC",
            "use a pyarrow with ORC (the wheels for Linux, macOS and Windows have it), or write "
            "the data as Parquet",
        ) from error
    try:
        with open_bytes(file) as raw:
            yield orc.ORCFile(raw)
    except SourceError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file, "ORC", error) from error
