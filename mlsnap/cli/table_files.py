"""Files with a table in them: written batch by batch, there when they are complete."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from mlsnap.data.batching import in_groups
from mlsnap.data.rows import Rows
from mlsnap.data.types import is_binary
from mlsnap.errors import ConfigError, MlsnapError, NameTakenError, SourceError

_GROUP_ROWS = 1 << 17
_GROUP_BYTES = 1 << 27
"""Rows or bytes that are held for a row group: whichever come first."""

_WRITERS: dict[str, Callable[[Any, pa.Schema], Any]] = {
    ".parquet": pyarrow.parquet.ParquetWriter,
    ".csv": pyarrow.csv.CSVWriter,
}

_OTHER_WAYS = {
    ".parquet": "bring back the copy's own files: give a folder that ends in /",
    ".csv": "name a .parquet file, or leave the column out with --columns",
}


@contextmanager
def appearing(file: Path, *, force: bool) -> Iterator[Path]:
    """A temporary name that becomes ``file`` when the block ends well.

    Raises
    ------
    NameTakenError
        If ``file`` exists and ``force`` does not allow to overwrite it.
    """
    if file.exists() and not force:
        raise NameTakenError(f"{file} exists", "pass --force to overwrite it, or name another file")
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.stem}-{secrets.token_hex(4)}{file.suffix}")
    try:
        yield unfinished
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def write_rows(rows: Rows, file: Path) -> None:
    """Write ``rows`` as ``.parquet`` or ``.csv``, whichever ``file`` ends in.

    Raises
    ------
    SourceError
        If the format has no form for a column's type; nothing is written then.
    ConfigError
        If the file cannot be written.
    """
    kind = file.suffix.lower()
    _require_form(rows.schema, kind)
    try:
        with _WRITERS[kind](str(file), rows.schema) as writer:
            for group in in_groups(rows.batches, rows=_GROUP_ROWS, size=_GROUP_BYTES):
                writer.write_table(group)
    except MlsnapError:
        raise
    except OSError as error:
        raise ConfigError(
            f"{file.parent} does not take it: {error.strerror or error}",
            "free some space, or name a file in another folder",
        ) from error


def _require_form(schema: pa.Schema, kind: str) -> None:
    if _refusal(schema, kind) is None:
        return
    for field in schema:
        if refusal := _refusal(pa.schema([field]), kind):
            raise SourceError(
                f"column {field.name!r} ({field.type}) cannot be written as {kind}: {refusal}",
                _OTHER_WAYS[kind],
            )


def _refusal(schema: pa.Schema, kind: str) -> str | None:
    """Why a row of that schema cannot be written."""
    if kind == ".csv" and any(is_binary(field.type) for field in schema):
        return "bytes are no text"
    row = [pa.nulls(1, field.type) for field in schema]
    try:
        with _WRITERS[kind](pa.BufferOutputStream(), schema) as writer:
            writer.write_table(pa.Table.from_arrays(row, schema=schema))
    except pa.ArrowException as error:
        return str(error)
    return None
