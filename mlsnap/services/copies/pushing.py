"""A snapshot's data on its way into a DVC remote; `pulling` beside it brings it back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Semaphore

import pyarrow as pa

from mlsnap import settings, storage
from mlsnap.data.ahead import in_order
from mlsnap.data.carriers.stored import schema_from_text, schema_to_text
from mlsnap.data.chunk_keys import chunk_key
from mlsnap.data.chunking import FEWEST, bytes_per_row, cut, mean_rows_for
from mlsnap.data.digest import Digest
from mlsnap.data.files import changed_meanwhile, check_unchanged
from mlsnap.data.layout import plain_schema
from mlsnap.data.parts import check_part, encode, part_path, part_rows
from mlsnap.data.rows import Rows
from mlsnap.data.sources import base_of
from mlsnap.errors import SourceError
from mlsnap.services import progress
from mlsnap.services.copies.pulling import TABLE
from mlsnap.services.profiling import Reading
from mlsnap.values.snapshot import DataCopy, Definition, Part

_CORES = os.cpu_count() or 1

_COPIES = 4
"""How often a chunk may be in memory at once: as it came, plain, encoded and read back."""


def push_table(
    reading: Reading,
    remote: storage.Remote,
    owner: storage.Owner,
    *,
    before: DataCopy | None = None,
    unchanged: bool = False,
) -> DataCopy:
    """Store the rows that were read as Parquet parts.

    Parameters
    ----------
    before
        A copy in the same remote, of whose parts those that hold the same rows are taken over.
    unchanged
        Whether ``before`` is a copy of just these rows: then none are looked at, if all of its
        parts are still there.

    Raises
    ------
    SourceError
        If the source is gone or has changed since it was read, or Parquet has no form for a
        column's type.
    DataIntegrityError
        If Parquet cannot hold a value exactly.
    RemoteError
        If the remote refuses, or does not hold what was sent.
    """
    schema = plain_schema(reading.rows.schema)
    with (
        storage.writing(remote, owner) as writer,
        progress.transfer(None) as step,
    ):
        if before and unchanged and _is_whole(before, schema, writer, remote.jobs):
            parts, mean_rows = list(before.parts), before.mean_rows
        else:
            known = {part.key: part for part in before.parts if part.key} if before else {}
            copying = _Copying(reading, writer, remote.jobs, known, step)
            parts, mean_rows = copying.run(before.mean_rows if before else None)
        text = schema_to_text(schema)
        return writer.finish(parts, reader=TABLE, mean_rows=mean_rows, schema=text)


def push_files(reading: Reading, remote: storage.Remote, owner: storage.Owner) -> DataCopy:
    """Store the files that were read as they are, byte for byte.

    Raises
    ------
    SourceError
        If a file is another one than when it was read, or the rows are not those of files of
        this machine.
    RemoteError
        If the remote refuses, or does not hold what was sent.
    """
    definition, base = _files_of(reading)
    sizes = [int(stamp[0]) for stamp in reading.stamps.values()]
    with storage.writing(remote, owner) as writer, progress.transfer(sum(sizes)) as step:

        def put(name: str) -> Part:
            part = writer.put_file(base, name)
            step(part.size)
            return part

        parts = list(in_order(put, reading.file_names(base), jobs=remote.jobs))
        check_unchanged(reading.stamps)
        return writer.finish(parts, reader=definition.reader, verbatim=True)


def _files_of(reading: Reading) -> tuple[Definition, Path]:
    """The definition of the files that were read, and the folder they are in."""
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
    return definition, base


def _is_whole(before: DataCopy, schema: pa.Schema, writer: storage.Writer, jobs: int) -> bool:
    """Whether a copy's rows have these columns, and all of its parts are there."""
    if before.schema is None or before.mean_rows is None:
        return False
    if not schema_from_text(before.schema).equals(schema, check_metadata=True):
        return False
    with closing(in_order(writer.has, before.parts, jobs=jobs)) as there:
        return all(there)


@dataclass(frozen=True)
class _Copying:
    """Rows that become the parts of a copy.

    ``jobs`` is how many are sent at once, ``known`` are parts of an earlier copy, by key; as many
    threads compute as there are cores.
    """

    reading: Reading
    writer: storage.Writer
    jobs: int
    known: dict[str, Part]
    step: progress.Step
    core: Semaphore = field(default_factory=lambda: Semaphore(_CORES))

    def run(self, mean_before: int | None) -> tuple[list[Part], int]:
        """All parts, and the mean of their rows that they were cut by."""
        return self.reading.again().given_to(partial(self._parts, mean_before))

    def _parts(self, mean_before: int | None, rows: Rows) -> tuple[list[Part], int]:
        _expect_schema(rows, self.reading)
        batches = iter(rows.batches)
        first = list(_first(batches, FEWEST))
        mean_rows = mean_rows_for(
            self.reading.profile.row_count, bytes_per_row(first, rows.schema), before=mean_before
        )
        with _certain(self.reading, rows, chain(first, batches)) as certain:
            chunks = cut(certain, rows.schema, mean_rows=mean_rows)
            jobs, room = max(_CORES, self.jobs), _room()
            made = in_order(self._part, enumerate(chunks), jobs=jobs, size=_bytes_of, most=room)
            parts = list(made)
        rows.check()
        return parts, mean_rows

    def _part(self, numbered: tuple[int, pa.Table]) -> Part:
        number, chunk = numbered
        with self.core:
            rows = part_rows(chunk)
            key = chunk_key(rows)
        known = self.known.get(key)
        if known and self.writer.has(known):
            self.step(0)
            return replace(known, path=part_path(number))
        with self.core:
            content = encode(rows)
            check_part(content, rows.schema, key=key)
        part = self.writer.put(part_path(number), memoryview(content), rows=len(rows), key=key)
        self.step(part.size)
        return part


def _expect_schema(rows: Rows, reading: Reading) -> None:
    """Read on, to where the rows start again, if they do not begin as those that were read."""
    if not plain_schema(rows.schema).equals(plain_schema(reading.rows.schema)):
        for _ in rows.batches:
            pass
        raise changed_meanwhile(reading.origin)


def _first(batches: Iterator[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    """Batches with ``count`` rows or a few more, as far as there are any."""
    while count > 0 and (batch := next(batches, None)) is not None:
        yield batch
        count -= len(batch)


@contextmanager
def _certain(
    reading: Reading, rows: Rows, batches: Iterable[pa.RecordBatch]
) -> Iterator[Iterable[pa.RecordBatch]]:
    """``batches``, and an error if all of them are not the rows that were read."""
    if reading.comes_again:
        yield batches
        return
    digest = Digest(rows.schema)

    def digested(batch: pa.RecordBatch) -> pa.RecordBatch:
        digest.update(batch)
        return batch

    with closing(in_order(digested, batches, jobs=1)) as certain:
        yield certain
    if (found := digest.hexdigest()) != reading.digest:
        raise SourceError(
            f"{reading.origin} gave other rows when it was read again for the copy: "
            f"digest {found[:16]}…, not {reading.digest[:16]}…",
            "wait until nothing writes to it; a query needs ORDER BY, and a step has to give the "
            "same rows each time",
        )


def _bytes_of(numbered: tuple[int, pa.Table]) -> int:
    return int(numbered[1].nbytes) * _COPIES


def _room() -> int:
    """Bytes that the chunks under way may take."""
    return settings.load(Path.cwd()).settings.memory_budget // 2
