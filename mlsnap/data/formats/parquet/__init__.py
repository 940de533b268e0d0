"""Parquet files, and folders of them with hive partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.data.files import (
    File,
    arrow_filesystem,
    arrow_path,
    folder_path,
    open_bytes,
    unreadable,
)
from mlsnap.data.formats.parquet.columns import ParquetColumns, ParquetPart
from mlsnap.data.rows import BATCH_ROWS, Rows
from mlsnap.data.schemas import unified
from mlsnap.errors import SourceError, near

if TYPE_CHECKING:
    import pyarrow.dataset as ds


def read(files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The rows of Parquet ``files``, file by file.

    A column is in the result if any of the files has it, null where a file has not. Names of
    folders below ``base`` such as ``Arrest=true`` are columns. Option ``columns``: only these.
    """
    try:
        schema, parts, batches = _opened(files, base)
    except SourceError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(files, error) from error
    names = _chosen(options.get("columns"), schema.names)
    schema = pa.schema([schema.field(name) for name in names])
    columns = ParquetColumns(parts, schema)
    return Rows(
        schema,
        _translated(batches(names), files),
        column=(lambda i: _translated(columns.read(i), files)) if columns.worth_it else None,
        row_count=columns.row_count,
    )


def row_groups(files: Sequence[File], *, base: File) -> Iterator[tuple[ds.Fragment, int]]:
    """The row groups of ``files`` in the order of `read`, and the number of rows of each.

    A row group can be pickled and read elsewhere.
    """
    for fragment in _dataset(files, base).get_fragments():
        for group in fragment.split_by_row_group():
            yield group, group.row_groups[0].num_rows


_Batches = Callable[[list[str]], Iterator[pa.RecordBatch]]


def _opened(files: Sequence[File], base: File) -> tuple[pa.Schema, list[ParquetPart], _Batches]:
    """What all files have together, each of them, and what reads chosen columns of all."""
    folders = PurePosixPath(arrow_path(files[0])).parts[
        len(PurePosixPath(folder_path(base)).parts) :
    ]
    if len(files) == 1 and not any("=" in folder for folder in folders[:-1]):
        return _single(files[0])
    from pyarrow.dataset import get_partition_keys

    dataset = _dataset(files, base)
    parts = [
        ParquetPart(
            partial(each.filesystem.open_input_file, each.path),
            each.metadata,
            each.physical_schema,
            get_partition_keys(each.partition_expression),
        )
        for each in dataset.get_fragments()
    ]
    return dataset.schema, parts, partial(_dataset_batches, dataset)


def _single(file: File) -> tuple[pa.Schema, list[ParquetPart], _Batches]:
    """The same of one file, without `pyarrow.dataset`, which takes long to import."""
    opened = pq.ParquetFile(open_bytes(file))
    part = ParquetPart(lambda: open_bytes(file), opened.metadata, opened.schema_arrow, {})
    if len(set(part.schema.names)) < len(part.schema):
        raise ValueError(f"duplicate field names in {', '.join(part.schema.names)}")
    return part.schema, [part], partial(_file_batches, opened)


def _file_batches(opened: pq.ParquetFile, names: list[str]) -> Iterator[pa.RecordBatch]:
    for groups in _spans(opened.metadata):
        for batch in opened.iter_batches(BATCH_ROWS, row_groups=groups, columns=names):
            yield batch.select(names)


def _spans(metadata: pq.FileMetaData) -> Iterator[list[int]]:
    """The numbers of row groups that are read together: Arrow holds what it reads in one go."""
    span, rows = list[int](), 0
    for group in range(metadata.num_row_groups):
        span.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= BATCH_ROWS:
            yield span
            span, rows = [], 0
    if span:
        yield span


def _dataset(files: Sequence[File], base: File) -> ds.Dataset:
    dataset = _open(files, base)
    stored = [fragment.physical_schema for fragment in dataset.get_fragments()]
    if all(schema.equals(stored[0]) for schema in stored):
        return dataset
    return _open(files, base, schema=unified([*stored, dataset.schema], files))


def _open(files: Sequence[File], base: File, *, schema: pa.Schema | None = None) -> ds.Dataset:
    from pyarrow.dataset import dataset

    return dataset(
        [arrow_path(file) for file in files],
        schema=schema,
        filesystem=arrow_filesystem(files[0]),
        format="parquet",
        partitioning="hive",
        partition_base_dir=folder_path(base),
    )


def _chosen(columns: Sequence[str] | None, known: list[str]) -> list[str]:
    for name in columns or []:
        if name not in known:
            raise SourceError(
                f"the option columns names {name!r}, which is not there{near(name, known)}",
                f"columns are {', '.join(known)}",
            )
    return list(columns or known)


def _dataset_batches(dataset: ds.Dataset, names: list[str]) -> Iterator[pa.RecordBatch]:
    for fragment in dataset.get_fragments():
        for groups in _spans(fragment.metadata):
            part = fragment.subset(row_group_ids=groups)
            for batch in part.to_batches(dataset.schema, columns=names, batch_size=BATCH_ROWS):
                if batch.num_rows:
                    yield batch


def _translated(read: Iterator[Any], files: Sequence[File]) -> Iterator[Any]:
    try:
        yield from read
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(files, error) from error


def _unreadable(files: Sequence[File], error: Exception) -> SourceError:
    shown = str(files[0]) if len(files) == 1 else f"one of {len(files)} files, first {files[0]},"
    return unreadable(shown, "Parquet", error)
