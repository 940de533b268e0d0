"""A snapshot's data on its way into a DVC remote; `mlsnap.services.copies` brings it back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Semaphore
from typing import Any, TypeVar

import pyarrow as pa

from mlsnap import settings, storage
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
from mlsnap.services.copies import TABLE
from mlsnap.services.profiling import Reading
from mlsnap.values.snapshot import DataCopy, Definition, Part

T = TypeVar("T")

_LOOK = 0.2
"""Seconds between two looks for Ctrl-C and errors."""

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
        _Threads(max(os.cpu_count() or 1, remote.jobs)) as threads,
    ):
        if before and unchanged and _is_whole(before, schema, writer, threads):
            parts, mean_rows = list(before.parts), before.mean_rows
        else:
            known = {part.key: part for part in before.parts if part.key} if before else {}
            copying = _Copying(reading, writer, threads, known, step)
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
    names = [Path(str(file)).relative_to(base).as_posix() for file in reading.stamps]
    sizes = [int(stamp[0]) for stamp in reading.stamps.values()]
    with (
        storage.writing(remote, owner) as writer,
        progress.transfer(sum(sizes)) as step,
        _Threads(remote.jobs) as threads,
    ):

        def put(name: str) -> Part:
            part = writer.put_file(base, name)
            step(part.size)
            return part

        parts = threads.each(put, names)
        check_unchanged(reading.stamps)
        reader = Definition(format=definition.format, options=definition.options)
        return writer.finish(parts, reader=reader, verbatim=True)


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


def _is_whole(
    before: DataCopy, schema: pa.Schema, writer: storage.Writer, threads: _Threads
) -> bool:
    """Whether a copy's rows have these columns, and all of its parts are there."""
    if before.schema is None or before.mean_rows is None:
        return False
    if not schema_from_text(before.schema).equals(schema, check_metadata=True):
        return False
    return all(threads.each(writer.has, before.parts))


@dataclass(frozen=True)
class _Copying:
    """Rows that become the parts of a copy; ``known`` are parts of an earlier one, by key."""

    reading: Reading
    writer: storage.Writer
    threads: _Threads
    known: dict[str, Part]
    step: progress.Step

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
            parts = self.threads.each(self._part, enumerate(chunks), size=_bytes_of)
        rows.check()
        return parts, mean_rows

    def _part(self, numbered: tuple[int, pa.Table]) -> Part:
        number, chunk = numbered
        with self.threads.core:
            rows = part_rows(chunk)
            key = chunk_key(rows)
        known = self.known.get(key)
        if known and self.writer.has(known):
            self.step(0)
            return replace(known, path=part_path(number))
        with self.threads.core:
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
    with _Threads(1) as threads:
        yield _digested(batches, digest, threads)
    if (found := digest.hexdigest()) != reading.profile.digest:
        raise SourceError(
            f"{reading.origin} gave other rows when it was read again for the copy: "
            f"digest {found[:16]}…, not {reading.profile.digest[:16]}…",
            "wait until nothing writes to it; a query needs ORDER BY, and a step has to give the "
            "same rows each time",
        )


def _digested(
    batches: Iterable[pa.RecordBatch], digest: Digest, threads: _Threads
) -> Iterator[pa.RecordBatch]:
    """``batches``, each of which goes into a digest while the next one is read."""
    working: Future[Any] | None = None
    for batch in batches:
        if working:
            threads.wait({working})
        working = threads.start(digest.update, batch)
        yield batch
    if working:
        threads.wait({working})


def _bytes_of(numbered: tuple[int, pa.Table]) -> int:
    return int(numbered[1].nbytes) * _COPIES


class _Threads:
    """Threads that stop soon after something went wrong; as many compute as there are cores."""

    def __init__(self, count: int) -> None:
        self.core = Semaphore(os.cpu_count() or 1)
        self._count = count
        self._room = settings.load(Path.cwd()).settings.memory_budget // 2
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="mlsnap")

    def __enter__(self) -> _Threads:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def start(self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        """Have ``work`` done."""
        return self._pool.submit(work, *arguments)

    def wait(self, working: set[Future[Any]]) -> set[Future[Any]]:
        """Wait for one of them, with open eyes for Ctrl-C; the others are still at work.

        Raises what one of them raised.
        """
        done: set[Future[Any]] = set()
        while not done:
            done, rest = wait(working, timeout=_LOOK, return_when=FIRST_COMPLETED)
        for each in done:
            each.result()
        return rest

    def each(
        self,
        work: Callable[[Any], T],
        items: Iterable[Any],
        *,
        size: Callable[[Any], int] = lambda item: 0,
    ) -> list[T]:
        """What ``work`` makes of each of the items, in their order.

        Not many are under way at once, and no more than there is memory for, where ``size`` says
        what one takes. After an error nothing more is begun.
        """
        futures: list[Future[T]] = []
        taken: dict[Future[Any], int] = {}
        for item in items:
            bytes_ = size(item)
            while taken and (
                len(taken) >= 2 * self._count or sum(taken.values()) + bytes_ > self._room
            ):
                rest = self.wait(set(taken))
                taken = {future: taken[future] for future in rest}
            futures.append(self.start(work, item))
            taken[futures[-1]] = bytes_
        working = set(taken)
        while working:
            working = self.wait(working)
        return [future.result() for future in futures]
