"""The rows of a copy that mlsnap wrote part by part, decoded straight from what was verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import pyarrow as pa

from mlsnap import storage
from mlsnap.data.carriers.stored import schema_from_text
from mlsnap.data.parts import decode
from mlsnap.data.rows import Rows
from mlsnap.errors import DataIntegrityError
from mlsnap.services.progress import Step
from mlsnap.values.snapshot import DataCopy, Part, SnapshotRecord


def has_parts(copy: DataCopy) -> bool:
    """Whether ``copy`` was written part by part, each of them known by its rows."""
    return copy.schema is not None and all(part.key is not None for part in copy.parts)


def schema_of(copy: DataCopy, names: Sequence[str] | None) -> pa.Schema:
    """What the rows of such a copy are read as, or some columns of them."""
    stored = schema_from_text(copy.schema or "")
    return stored if names is None else pa.schema([stored.field(name) for name in names])


def first_parts(parts: Sequence[Part], rows: int | None) -> Sequence[Part]:
    """The parts that hold the first ``rows`` rows, one at least; all of them for ``None``."""
    if rows is None:
        return parts
    needed, held = 1, 0
    for number, part in enumerate(parts, 1):
        needed = number
        held += part.rows or 0
        if held >= rows:
            break
    return parts[:needed]


@contextmanager
def open_parts(
    record: SnapshotRecord,
    remote: storage.Remote,
    names: Sequence[str] | None,
    *,
    parts: Sequence[Part],
    on_bytes: Step | None = None,
) -> Iterator[Rows]:
    """The rows of some parts of a snapshot's copy, while the block lasts.

    Raises
    ------
    DataIntegrityError
        If a part is not what was recorded, by its bytes or by its rows.
    RemoteError
        If a part cannot be had.
    """
    copy = record.data
    assert copy is not None
    _require_all_rows(record, copy)
    schema = schema_of(copy, names)
    make = partial(decoded, schema=schema)
    with closing(
        storage.read_parts(copy, remote, make=make, parts=parts, on_bytes=on_bytes)
    ) as tables:
        yield Rows(schema, _batches(tables), row_count=sum(part.rows or 0 for part in parts))


def _batches(tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    for table in tables:
        yield from table.to_batches()


def decoded(part: Part, content: memoryview, *, schema: pa.Schema) -> pa.Table:
    """The rows of a part, or the columns of them that ``schema`` has, as it says.

    Raises
    ------
    DataIntegrityError
        If they cannot be read, or there are not as many as recorded.
    """
    try:
        table = decode(pa.py_buffer(content), schema.names).select(schema.names)
        rows = _as(table, schema)
    except (pa.ArrowException, KeyError) as error:
        raise DataIntegrityError(
            f"part {part.path!r} is what was stored, but cannot be read: {error}",
            "use the newest mlsnap and pyarrow: pip install --upgrade mlsnap pyarrow",
        ) from error
    if rows.num_rows != part.rows:
        raise DataIntegrityError(
            f"part {part.path!r} holds {rows.num_rows:,} rows, recorded {part.rows:,}",
            "the snapshot's record was changed; find out by whom before using it",
        )
    return rows


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Parquet has no seconds, and a part knows less of a column of several types."""
    if table.schema.types == schema.types:
        return pa.Table.from_arrays(table.columns, schema=schema)
    return table.cast(schema)


def _require_all_rows(record: SnapshotRecord, copy: DataCopy) -> None:
    rows = sum(part.rows or 0 for part in copy.parts)
    if rows != record.row_count:
        raise DataIntegrityError(
            f"the parts of the copy of {record.reference} have {rows:,} rows, "
            f"the snapshot {record.row_count:,}",
            "the snapshot's record was changed; find out by whom before using it",
        )
