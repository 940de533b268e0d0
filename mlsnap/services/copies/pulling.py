"""A snapshot's data, got back verified; `pushing` beside it put it into a remote."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap import storage
from mlsnap.data import carriers
from mlsnap.data.batching import of_rows
from mlsnap.data.digest import digest_of
from mlsnap.data.rows import Rows
from mlsnap.data.sources import open_source, read_files
from mlsnap.errors import NoDataCopyError
from mlsnap.services import progress
from mlsnap.services.columns import Columns, chosen, with_index
from mlsnap.services.copies.file_rows import check_digest, checked_table, columns_of, open_checked
from mlsnap.services.copies.part_rows import first_parts, has_parts, open_parts, schema_of
from mlsnap.services.workspace import Workspace
from mlsnap.values.snapshot import DataCopy, Definition, SnapshotRecord
from mlsnap.values.temporary import temporary_folder

TABLE = Definition(format="parquet")
"""Reads a copy that mlsnap wrote as a table."""


def fetch_files(workspace: Workspace, record: SnapshotRecord, folder: Path) -> list[Path]:
    """Get a snapshot's stored files into ``folder``, verified; returns them in reading order.

    Raises
    ------
    NoDataCopyError
        If the snapshot was taken without data.
    DataIntegrityError, RemoteError
        If a file is not what was stored, or cannot be had.
    """
    copy = copy_of(record)
    remote = storage.holder_of(copy, project=workspace.project)
    with progress.transfer(copy.size, "fetching") as step:
        storage.fetch(copy, remote, folder, on_bytes=step)
    return [folder / part.path for part in copy.parts]


def verify(workspace: Workspace, record: SnapshotRecord, *, sizes_only: bool = False) -> list[str]:
    """One sentence for each part of a snapshot's copy that is damaged or missing.

    ``sizes_only`` reads no bytes.
    """
    copy = copy_of(record)
    remote = storage.reopen_remote(copy, project=workspace.project)
    with progress.transfer(copy.size, "checking") as step:
        return storage.verify(copy, remote, sizes_only=sizes_only, on_bytes=step)


def copy_of(record: SnapshotRecord) -> DataCopy:
    """A snapshot's copy; `NoDataCopyError` if it was taken without data, or gc freed it."""
    if record.data is None and record.copy_note:
        raise NoDataCopyError(
            f"the snapshot {record.reference} holds a profile, but no copy of the data any more: "
            f"{record.copy_note}",
            "take another one with data; `mlsnap pin` keeps it from gc whether or not it is used",
        )
    if record.data is None:
        raise NoDataCopyError(
            f"the snapshot {record.reference} holds a profile but no copy of the data",
            f"take one with data: create_snapshot(…, create_data_snapshot=True) on dataset "
            f"{record.dataset!r}",
        )
    return record.data


def fetch_table(workspace: Workspace, record: SnapshotRecord, columns: Columns = None) -> pa.Table:
    """A snapshot's rows from its copy, or some columns of them in the order that is asked for.

    Raises
    ------
    NoDataCopyError
        If the snapshot was taken without data.
    NotFoundError, SourceError
        If a column is not there; if none is asked for, or one twice.
    DataIntegrityError
        If the rows are not what was recorded.
    RemoteError
        If the copy cannot be had.
    """
    return _table(workspace, record, _chosen(workspace, record, columns))


def fetch_arrow(workspace: Workspace, record: SnapshotRecord, columns: Columns = None) -> pa.Table:
    """The same; all columns of an Arrow table that was handed over have its names and layouts."""
    table, carrier = fetch_table(workspace, record, columns), record.carrier
    if columns is not None or carrier is None or carrier["carrier"] != "arrow":
        return table
    return carriers.decode(table, {**carrier, "batch": False})


def fetch_frame(workspace: Workspace, record: SnapshotRecord, columns: Columns = None) -> Any:
    """The same as a pandas DataFrame; of one that was handed over, its index stays."""
    names, carrier = None, _of_frame(record.carrier)
    if columns is not None:
        known = _known_columns(workspace, record)
        names = chosen(columns, known)
        if carrier is not None:
            names, carrier = with_index(names, known, carrier)
    return carriers.decode(_table(workspace, record, names), carrier)


def open_rows(
    workspace: Workspace, record: SnapshotRecord, columns: Columns = None
) -> AbstractContextManager[Rows]:
    """The same rows, never all of them held, while the block lasts."""
    return _opened(workspace, record, _chosen(workspace, record, columns))


def read_batches(
    workspace: Workspace, record: SnapshotRecord, columns: Columns = None, *, batch_rows: int
) -> Generator[pa.RecordBatch, None, None]:
    """The same in batches of ``batch_rows`` rows, but for the last one; nobody is told how far it
    is, as that is up to the one who takes them.
    """
    return _batches(workspace, record, _chosen(workspace, record, columns), batch_rows)


@contextmanager
def sampled_rows(
    workspace: Workspace, record: SnapshotRecord, *, first: int | None = None
) -> Iterator[Rows]:
    """A snapshot's rows while the block lasts: from its copy, else from its source, checked."""
    if record.data is None:
        yield Rows.of_table(reread(record))
    else:
        with _opened(workspace, record, None, first=first) as rows:
            yield rows


def read_frame(workspace: Workspace, record: SnapshotRecord) -> Any:
    """The rows as a pandas DataFrame: from the copy where there is one, else from the source."""
    table = reread(record) if record.data is None else fetch_table(workspace, record)
    return carriers.decode(table, _of_frame(record.carrier))


def reread(record: SnapshotRecord) -> pa.Table:
    """The rows of a snapshot's source; `DataIntegrityError` if it holds other content now."""
    if record.definition.source is None:
        raise NoDataCopyError(
            f"the snapshot {record.reference} has no copy of the data, and its source was a frame "
            "handed over in Python",
            "take snapshots of frames with create_data_snapshot=True",
        )
    table = open_source(record.definition).table()
    check_digest(digest_of(table), record, str(record.definition.source))
    return table


def _chosen(workspace: Workspace, record: SnapshotRecord, columns: Columns) -> list[str] | None:
    """The names that ``columns`` asks for, which the copy must have; ``None`` for all."""
    copy_of(record)
    return None if columns is None else chosen(columns, _known_columns(workspace, record))


def _known_columns(workspace: Workspace, record: SnapshotRecord) -> list[str]:
    """The names of a snapshot's columns, those of a frame's index included."""
    copy = copy_of(record)
    if has_parts(copy):
        return list(schema_of(copy, None).names)
    return [column.name for column in workspace.snapshots.profile(record.run_id)]


def _table(workspace: Workspace, record: SnapshotRecord, names: list[str] | None) -> pa.Table:
    if has_parts(copy_of(record)):
        with _opened(workspace, record, names) as rows:
            return rows.table()
    with _files(workspace, record) as (rows, _):
        return checked_table(rows, record, names)


def _batches(
    workspace: Workspace, record: SnapshotRecord, names: list[str] | None, batch_rows: int
) -> Generator[pa.RecordBatch, None, None]:
    with _opened(workspace, record, names, watched=False) as rows:
        yield from of_rows(rows.batches, batch_rows)


@contextmanager
def _opened(
    workspace: Workspace,
    record: SnapshotRecord,
    names: list[str] | None,
    *,
    first: int | None = None,
    watched: bool = True,
) -> Iterator[Rows]:
    """The rows of a copy, never all of them held, while the block lasts.

    Parameters
    ----------
    first
        How many rows of the beginning will do; there may be more.
    watched
        Whether those who watch are told how much was fetched.
    """
    copy = copy_of(record)
    with ExitStack() as stack:
        if has_parts(copy):
            parts = first_parts(copy.parts, first)
            watch = progress.transfer(sum(part.size for part in parts), "fetching")
            step = stack.enter_context(watch) if watched else None
            remote = storage.reopen_remote(copy, project=workspace.project)
            opened = open_parts(record, remote, names, parts=parts, on_bytes=step)
            yield stack.enter_context(opened)
        else:
            rows, folder = stack.enter_context(_files(workspace, record))
            if first is not None:
                yield columns_of(rows, names)
            else:
                yield stack.enter_context(open_checked(rows, record, names, scratch=folder))


@contextmanager
def _files(workspace: Workspace, record: SnapshotRecord) -> Iterator[tuple[Rows, Path]]:
    """The rows of the files of a copy, fetched into a scratch folder, and that folder."""
    with temporary_folder() as folder:
        files = fetch_files(workspace, record, folder / "data")
        yield read_files(files, copy_of(record).reader, base=folder / "data"), folder


def _of_frame(carrier: dict[str, Any] | None) -> dict[str, Any] | None:
    """What restores a DataFrame; ``None`` where another object carried the rows."""
    is_frame = carrier is not None and carrier["carrier"] == "pandas" and not carrier["series"]
    return carrier if is_frame else None
