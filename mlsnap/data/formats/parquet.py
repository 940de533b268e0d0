"""Parquet files, and folders of them with hive partitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from mlsnap.data.rows import BATCH_ROWS, Rows
from mlsnap.data.types import value_type
from mlsnap.errors import SourceError, near

SUFFIXES = (".parquet", ".pq")
OPTIONS: tuple[str, ...] = ("columns",)


def read(files: Sequence[Path], options: Mapping[str, Any], *, base: Path) -> Rows:
    """The rows of Parquet ``files``, file by file.

    A column is in the result if any of the files has it, null where a file has not. Names of
    folders below ``base`` such as ``Arrest=true`` are columns. Option ``columns``: only these.
    """
    try:
        dataset = _dataset(files, base)
    except SourceError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(files, error) from error
    names = _chosen(options.get("columns"), dataset.schema.names)
    schema = pa.schema([dataset.schema.field(name) for name in names])
    return Rows(schema, _batches(dataset, schema, files))


def _dataset(files: Sequence[Path], base: Path) -> ds.Dataset:
    dataset = _open(files, base)
    stored = [fragment.physical_schema for fragment in dataset.get_fragments()]
    if all(schema.equals(stored[0]) for schema in stored):
        return dataset
    return _open(files, base, schema=_unified([*stored, dataset.schema], files))


def _open(files: Sequence[Path], base: Path, *, schema: pa.Schema | None = None) -> ds.Dataset:
    return ds.dataset(
        [str(file) for file in files],
        schema=schema,
        format="parquet",
        partitioning="hive",
        partition_base_dir=str(base),
    )


def _unified(schemas: list[pa.Schema], files: Sequence[Path]) -> pa.Schema:
    """One schema for all files; types that differ give way to one that holds both."""
    plain = [pa.schema([(f.name, value_type(f.type)) for f in schema]) for schema in schemas]
    try:
        return pa.unify_schemas(plain, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise SourceError(
            f"{len(files)} files, first {files[0]}, do not make one table: {error}",
            "read those that belong together with a glob, or write all with the same types",
        ) from error


def _chosen(columns: Sequence[str] | None, known: list[str]) -> list[str]:
    for name in columns or []:
        if name not in known:
            raise SourceError(
                f"the option columns names {name!r}, which is not there{near(name, known)}",
                f"columns are {', '.join(known)}",
            )
    return list(columns or known)


def _batches(
    dataset: ds.Dataset, schema: pa.Schema, files: Sequence[Path]
) -> Iterator[pa.RecordBatch]:
    try:
        for batch in dataset.to_batches(columns=schema.names, batch_size=BATCH_ROWS):
            if batch.num_rows:
                yield batch
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(files, error) from error


def _unreadable(files: Sequence[Path], error: Exception) -> SourceError:
    shown = str(files[0]) if len(files) == 1 else f"one of {len(files)} files, first {files[0]},"
    return SourceError(
        f"{shown} cannot be read as Parquet: {error}",
        "check that the file is complete (it may still be being written), or name its format "
        "with the option format",
    )
