"""The side of a row difference that is a snapshot. It brings MLflow and DVC, so it comes late."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap import storage
from mlsnap.data.blocks import Blocks, as_batch, keep
from mlsnap.data.digest import Digest
from mlsnap.data.rows import Rows
from mlsnap.data.sources import open_source, read_files
from mlsnap.errors import NoDataCopyError
from mlsnap.services import progress
from mlsnap.services.copies.file_rows import WHERE, check_digest
from mlsnap.services.copies.part_rows import decoded, has_parts, schema_of
from mlsnap.services.copies.pulling import copy_of, fetch_files
from mlsnap.services.differing.side import Side
from mlsnap.services.references import find_snapshot
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.values.snapshot import Part, SnapshotRecord


def side_of_reference(text: str) -> Side:
    """The snapshot that a reference means."""
    snapshot = find_snapshot(text, open_workspace())
    named = text.startswith(f"{snapshot.dataset_name}@")
    return side_of(snapshot, snapshot.reference if named else f"{snapshot.reference} ({text})")


def side_of(snapshot: Snapshot, name: str) -> Side:
    """A snapshot, called ``name``: its copy, or else its unchanged source."""
    workspace, record, copy = snapshot._workspace, snapshot.record, snapshot.record.data
    if copy is not None and has_parts(copy):
        opened = partial(_open_parts, workspace, record)
        return Side(name, opened, record, copy.parts, partial(schema_of, copy, None))
    read = _open_files if copy else _open_definition
    opened = partial(read, workspace, record)
    return Side(name, opened, record, schema=partial(_schema_of_profile, snapshot))


def _schema_of_profile(snapshot: Snapshot) -> pa.Schema:
    return pa.schema([(column.name, pa.null()) for column in snapshot.get_profile()])


def _open_parts(
    workspace: Workspace, record: SnapshotRecord, folder: Path, left_out: Sequence[Part]
) -> Blocks:
    """The rows of a copy's parts, whose files are fetched into ``folder``."""
    copy = copy_of(record)
    without = {part.path for part in left_out}
    parts = [part for part in copy.parts if part.path not in without]
    folder.mkdir(parents=True)
    if parts:
        remote = storage.reopen_remote(copy, project=workspace.project)
        bring = partial(_put, folder)
        with (
            progress.transfer(sum(part.size for part in parts), "fetching") as step,
            closing(
                storage.read_parts(copy, remote, make=bring, parts=parts, on_bytes=step)
            ) as brought,
        ):
            for _ in brought:
                pass

    def read(number: int, names: Sequence[str]) -> pa.RecordBatch:
        part = parts[number]
        content = memoryview((folder / part.path).read_bytes())
        return as_batch(decoded(part, content, schema=schema_of(copy, names)))

    return Blocks(schema_of(copy, None), tuple(part.rows or 0 for part in parts), read)


def _put(folder: Path, part: Part, content: memoryview) -> None:
    (folder / part.path).write_bytes(content)


def _open_files(
    workspace: Workspace, record: SnapshotRecord, folder: Path, left_out: Sequence[Part]
) -> Blocks:
    """The rows of a copy that holds files."""
    files = fetch_files(workspace, record, folder / "data")
    rows = read_files(files, copy_of(record).reader, base=folder / "data")
    return rows.given_to(partial(_kept_checked, folder=folder, record=record, where=WHERE))


def _open_definition(
    workspace: Workspace, record: SnapshotRecord, folder: Path, left_out: Sequence[Part]
) -> Blocks:
    """The rows of the source of a snapshot without a copy, which must be the recorded ones."""
    if record.definition.source is None:
        raise NoDataCopyError(
            f"the snapshot {record.reference} has no copy of the data, and its source was a frame "
            "handed over in Python",
            "take snapshots of frames with create_data_snapshot=True",
        )
    where, rows = str(record.definition.source), open_source(record.definition)
    return rows.given_to(partial(_kept_checked, folder=folder, record=record, where=where))


def _kept_checked(rows: Rows, *, folder: Path, record: SnapshotRecord, where: str) -> Blocks:
    digest = Digest(rows.schema)

    def digested() -> Any:
        for batch in rows.batches:
            digest.update(batch)
            yield batch

    blocks = keep(Rows(rows.schema, digested()), folder / "rows")
    rows.check()
    check_digest(digest.hexdigest(), record, where)
    return blocks
