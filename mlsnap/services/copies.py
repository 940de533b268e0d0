"""A snapshot's data: pushed to a DVC remote, and got back verified."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap import storage
from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
from mlsnap.data.files import check_unchanged
from mlsnap.data.sources import base_of, open_source, read_files
from mlsnap.errors import DataIntegrityError, NoDataCopyError, SourceError
from mlsnap.services.profiling import Reading
from mlsnap.services.workspace import Workspace
from mlsnap.values.snapshot import DataCopy, Definition, SnapshotRecord

TABLE = Definition(format="parquet")
"""Reads a copy that mlsnap wrote as a table."""


def push_table(reading: Reading, remote: storage.Remote) -> DataCopy:
    """Store the rows as Parquet parts."""
    parts = reading.parts()
    return storage.push(parts.folder, remote, files=parts.names, reader=TABLE)


def push_files(reading: Reading, remote: storage.Remote) -> DataCopy:
    """Store the files that were read as they are, byte for byte.

    Raises
    ------
    SourceError
        If a file is another one than when it was read, or the rows are not those of files of
        this machine.
    """
    definition = reading.definition
    if definition is None:
        raise SourceError("a frame has no files to copy", "copy its rows instead")
    if definition.steps:
        raise SourceError(
            f"the rows are not those of {definition.source}: steps transformed them",
            "copy its rows instead of its files",
        )
    base = base_of(definition)
    if not isinstance(base, Path):
        raise SourceError(f"{base} is not on this machine", "copy its rows instead of its files")
    names = [Path(str(file)).relative_to(base).as_posix() for file in reading.stamps]
    reader = Definition(format=definition.format, options=definition.options)
    copy = storage.push(base, remote, files=names, reader=reader)
    check_unchanged(reading.stamps)
    return replace(copy, verbatim=True)


def fetch_files(workspace: Workspace, record: SnapshotRecord, folder: Path) -> list[Path]:
    """Get a snapshot's stored files into ``folder``, verified; returns them in reading order.

    Raises
    ------
    NoDataCopyError
        If the snapshot was taken without data.
    """
    copy = copy_of(record)
    storage.fetch(copy, storage.reopen_remote(copy, project=workspace.project), folder)
    return [folder / part.path for part in copy.parts]


def verify(workspace: Workspace, record: SnapshotRecord) -> list[str]:
    """One sentence for each part of a snapshot's copy that is damaged or missing."""
    copy = copy_of(record)
    return storage.verify(copy, storage.reopen_remote(copy, project=workspace.project))


def copy_of(record: SnapshotRecord) -> DataCopy:
    """A snapshot's copy; `NoDataCopyError` if it was taken without data."""
    if record.data is None:
        raise NoDataCopyError(
            f"the snapshot {record.reference} holds a profile but no copy of the data",
            f"take one with data: create_snapshot(…, create_data_snapshot=True) on dataset "
            f"{record.dataset!r}",
        )
    return record.data


def fetch_table(workspace: Workspace, record: SnapshotRecord) -> pa.Table:
    """A snapshot's rows from its copy; `DataIntegrityError` if they are not what was recorded."""
    with scratch() as folder:
        files = fetch_files(workspace, record, folder)
        table = read_files(files, copy_of(record).reader, base=folder).table()
    check_digest(digest_of(table), record, "its stored copy")
    return table


def read_table(workspace: Workspace, record: SnapshotRecord) -> pa.Table:
    """A snapshot's rows: from its copy where there is one, else from its source, checked."""
    if record.data is not None:
        return fetch_table(workspace, record)
    return reread(record)


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


def to_frame(table: pa.Table, carrier: dict[str, Any] | None) -> Any:
    """The rows as a pandas DataFrame, with dtypes and index if a pandas object carried them."""
    is_frame = carrier is not None and carrier["carrier"] == "pandas" and not carrier["series"]
    return carriers.decode(table, carrier if is_frame else None)


def check_digest(found: str, record: SnapshotRecord, where: str) -> None:
    """`DataIntegrityError` unless ``found`` is the recorded digest."""
    if found != record.digest:
        raise DataIntegrityError(
            f"{where} is not what {record.reference} recorded: digest {found[:16]}…, "
            f"recorded {record.digest[:16]}…",
            "the data changed since; compare it with "
            f"`mlsnap compare {record.reference} PATH`, or take a new snapshot",
        )


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mlsnap-") as folder:
        yield Path(folder)
