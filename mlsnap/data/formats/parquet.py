"""Parquet files, and folders of them with hive partitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from mlsnap.data.rows import BATCH_ROWS, Rows, unique_names
from mlsnap.errors import SourceError

SUFFIXES = (".parquet", ".pq")
OPTIONS: tuple[str, ...] = ("columns",)


def read(files: Sequence[Path], options: Mapping[str, Any], *, base: Path) -> Rows:
    """The rows of Parquet ``files``, file by file.

    Names of folders below ``base`` such as ``Arrest=true`` are columns. Option ``columns``: only
    these.
    """
    try:
        dataset = ds.dataset(
            [str(file) for file in files],
            format="parquet",
            partitioning="hive",
            partition_base_dir=str(base),
        )
        scanner = dataset.scanner(columns=options.get("columns"), batch_size=BATCH_ROWS)
        schema = scanner.projected_schema
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(files, error) from error
    names = unique_names(schema.names)
    schema = pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])
    return Rows(schema, _batches(scanner, names, files))


def _batches(
    scanner: ds.Scanner, names: list[str], files: Sequence[Path]
) -> Iterator[pa.RecordBatch]:
    try:
        for batch in scanner.to_batches():
            if batch.num_rows:
                yield batch.rename_columns(names)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(files, error) from error


def _unreadable(files: Sequence[Path], error: Exception) -> SourceError:
    shown = str(files[0]) if len(files) == 1 else f"one of {len(files)} files, first {files[0]},"
    return SourceError(
        f"{shown} cannot be read as Parquet: {error}",
        "check that the file is complete (it may still be being written), or name its format "
        "with the option format",
    )
