"""The two tables of a row difference, before and while their rows are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap import storage
from mlsnap.data import carriers
from mlsnap.data.blocks import Blocks, as_batch, blocks_of, keep
from mlsnap.data.digest import Digest
from mlsnap.data.rows import Rows
from mlsnap.data.sources import define, open_source, read_files
from mlsnap.errors import NoDataCopyError, NotFoundError, SourceError
from mlsnap.services import progress
from mlsnap.services.copies.file_rows import WHERE, check_digest
from mlsnap.services.copies.part_rows import decoded, has_parts, schema_of
from mlsnap.services.copies.pulling import copy_of, fetch_files
from mlsnap.services.references import FORMS, find_snapshot
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.values.profile import Profile
from mlsnap.values.reference import ByPath, parse
from mlsnap.values.snapshot import Part, SnapshotRecord

Open = Callable[[Path, Sequence[Part]], Blocks]


@dataclass(frozen=True)
class Side:
    """A table to compare.

    Attributes
    ----------
    name
        What it is called.
    open
        Its rows, but for those of some parts; given a folder for what has to be kept of them.
    record
        Of the snapshot that it is.
    parts
        The parts of its copy, if that was written part by part.
    schema
        Of a snapshot, read from what is stored of it.
    """

    name: str
    open: Open
    record: SnapshotRecord | None = None
    parts: tuple[Part, ...] = ()
    schema: Callable[[], pa.Schema] = lambda: pa.schema([])

    def nothing(self) -> Blocks:
        """Its columns without a row; those of a snapshot without parts are of no type."""
        schema = self.schema()
        return blocks_of(schema.empty_table())


def find_side(what: Any, *, default_name: str) -> Side:
    """The table that a reference, a snapshot, a path or an object that carries one means.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    SourceError
        If it is no table.
    """
    if isinstance(what, Snapshot):
        return _stored(what._workspace, what, what.reference)
    if isinstance(what, Profile):
        raise SourceError("a profile holds no rows", "name the snapshot, or hand the table over")
    if not isinstance(what, str | Path):
        return Side(default_name, partial(_open_frame, what))
    text = str(what)
    ref = parse(text)
    if isinstance(ref, ByPath):
        return Side(text, partial(_open_path, text))
    workspace = open_workspace()
    snapshot = find_snapshot(text, workspace)
    named = text.startswith(f"{snapshot.dataset_name}@")
    name = snapshot.reference if named else f"{snapshot.reference} ({text})"
    return _stored(workspace, snapshot, name)


def shared_parts(one: Side, other: Side) -> tuple[list[Part], list[Part]]:
    """The parts of each side that hold the same rows as one of the other, one by one."""
    keys = Counter(part.key for part in one.parts) & Counter(part.key for part in other.parts)
    return _first_of(keys, one.parts), _first_of(keys, other.parts)


def _first_of(keys: Counter[str | None], parts: Sequence[Part]) -> list[Part]:
    left, found = Counter(keys), []
    for part in parts:
        if left[part.key]:
            left[part.key] -= 1
            found.append(part)
    return found


def _stored(workspace: Workspace, snapshot: Snapshot, name: str) -> Side:
    record, copy = snapshot.record, snapshot.record.data
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


def _open_path(text: str, folder: Path, left_out: Sequence[Part]) -> Blocks:
    try:
        rows = open_source(define(text))
    except SourceError as error:
        if Path(text).exists() or "/" in text:
            raise
        raise NotFoundError(
            f"{text!r} is neither a reference nor a file that can be read: {error.fact}", FORMS
        ) from error
    return rows.given_to(partial(_kept, folder=folder))


def _open_frame(frame: Any, folder: Path, left_out: Sequence[Part]) -> Blocks:
    rows = carriers.encode(frame)
    return blocks_of(rows.table()) if rows.held else rows.given_to(partial(_kept, folder=folder))


def _kept(rows: Rows, *, folder: Path) -> Blocks:
    blocks = keep(rows, folder / "rows")
    rows.check()
    return blocks
