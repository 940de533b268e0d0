"""The rows of a copy that holds files: read as their format says, and checked by their digest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pyarrow as pa

from mlsnap.data.digest import Digest, digest_of
from mlsnap.data.flow import picked
from mlsnap.data.rows import Rows
from mlsnap.errors import DataIntegrityError
from mlsnap.values.snapshot import SnapshotRecord

WHERE = "its stored copy"


def checked_table(rows: Rows, record: SnapshotRecord, names: Sequence[str] | None) -> pa.Table:
    """All rows, or some columns of them; `DataIntegrityError` if they are not the recorded ones."""
    table = rows.table()
    check_digest(digest_of(table), record, WHERE)
    return table if names is None else table.select(list(names))


@contextmanager
def open_checked(
    rows: Rows, record: SnapshotRecord, names: Sequence[str] | None, *, scratch: Path
) -> Iterator[Rows]:
    """The same, never held, while the block lasts: they are kept in the folder ``scratch``.

    So none is given out before the last one was read, which may change the types of all.
    """
    file = scratch / "rows.arrows"
    check_digest(rows.given_to(partial(_kept, file=file)), record, WHERE)
    with pa.OSFile(str(file)) as stored, pa.ipc.open_stream(stored) as stream:
        yield columns_of(Rows(stream.schema, stream, row_count=record.row_count), names)


def columns_of(rows: Rows, names: Sequence[str] | None) -> Rows:
    """``rows`` with some of their columns, in that order."""
    return rows if names is None else picked(rows, {name: name for name in names})


def check_digest(found: str, record: SnapshotRecord, where: str) -> None:
    """`DataIntegrityError` unless ``found`` is the recorded digest."""
    if found != record.digest:
        raise DataIntegrityError(
            f"{where} is not what {record.reference} recorded: digest {found[:16]}…, "
            f"recorded {record.digest[:16]}…",
            "the data changed since; compare it with "
            f"`mlsnap compare {record.reference} PATH`, or take a new snapshot",
        )


def _kept(rows: Rows, *, file: Path) -> str:
    """Write ``rows`` into ``file``; returns their digest."""
    digest = Digest(rows.schema)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(str(file), rows.schema, options=options) as stream:
        for batch in rows.batches:
            digest.update(batch)
            stream.write_batch(batch)
    rows.check()
    return digest.hexdigest()
