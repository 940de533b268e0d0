"""Profile and digest of a table in one pass over its rows, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

import pyarrow as pa

from mlsnap.data.digest import ColumnDigest, Digest
from mlsnap.data.layout import plain
from mlsnap.data.rows import Rows
from mlsnap.profiling.columns import BUDGET, ColumnSummary, make_room
from mlsnap.profiling.multiset import most_rows
from mlsnap.profiling.spool import Spool
from mlsnap.values.column import ColumnProfile
from mlsnap.values.profile import Profile

Piece = TypeVar("Piece", pa.Array, pa.RecordBatch)
Step = Callable[[float], object]

_TOGETHER = 1 << 18
"""Rows that are worked on together, where they come in smaller pieces."""

_LEAST = 1 << 14
"""Rows that are never cut."""

_SMALL = 1 << 19
"""Up to so many cells one thread is quicker than several."""

_LOOK = 0.2
"""Seconds between two looks for Ctrl-C: where Polars is loaded, its handler of that signal lets
a thread that waits without end sleep on."""

_WAITING = 16
"""Bytes that a row of a column takes at most until the column is finished: its value, and what
may be computed from that.
"""

_WORKING = 1 << 26
"""Bytes that a column takes besides, while it is worked on."""

_HELD_SHARE = 32
"""Batches that are worked on together take this fraction of the budget."""


def profile_rows(
    rows: Rows,
    *,
    budget: int = BUDGET,
    threads: int | None = None,
    digest: bool = True,
    semantic_types: bool = False,
    step: Step = lambda rows: None,
    copy: Callable[[pa.RecordBatch], object] | None = None,
) -> Profile:
    """The profile of ``rows`` with its digest.

    Column by column where they can be read so, else batch by batch; both give the same.

    Parameters
    ----------
    budget
        Bytes of memory that may be used, besides what the reader of the rows needs.
    threads
        How many may work at a time; by default as many as there are cores.
    digest
        Whether to compute the digest; it is empty otherwise.
    semantic_types
        Whether to look for e-mail addresses and the like among texts.
    step
        Called with numbers of rows that are done; those of a single column count a fraction.
    copy
        Called with every batch, in order.

    Raises
    ------
    SourceError
        If the rows cannot be read, or what they are read from changes meanwhile.
    StartAgain
        If what was read is void; see `mlsnap.data.rows`.
    """
    whole = Digest(rows.schema)
    digests = whole.columns if digest else [None] * len(rows.schema)
    columns = [
        _Column(ColumnSummary(field, budget=budget, semantic_types=semantic_types), each)
        for field, each in zip(rows.schema, digests, strict=True)
    ]
    with _Workers(_threads_for(rows, threads or os.cpu_count() or 1, budget)) as workers:
        made = _Pass(rows, columns, workers, step, budget)
        if rows.column is not None and copy is None:
            count, profiles = made.by_column(rows.column)
        else:
            count, profiles = made.by_batch(copy)
    rows.check()
    return Profile(tuple(profiles), count, whole.hexdigest(rows=count) if digest else "")


def digest_rows(
    rows: Rows,
    *,
    budget: int = BUDGET,
    threads: int | None = None,
    step: Step = lambda rows: None,
) -> str:
    """The digest alone of rows that can be read column by column, 64 hex digits.

    The parameters are those of `profile_rows`.
    """
    whole = Digest(rows.schema)
    width = len(whole.columns)
    with _Workers(_threads_for(rows, threads or os.cpu_count() or 1, budget)) as workers:

        def work(position: int) -> int:
            column = whole.columns[position]
            for array in workers.going_on(rows.column(position)):  # type: ignore[misc]
                column.update(array)
                step(len(array) / width)
            column.close()
            return column.rows

        counts = _results([workers.start(work, position) for position in range(width)])
    rows.check()
    return whole.hexdigest(rows=counts[0] if counts else rows.row_count or 0)


class _Column:
    """What a column has given so far."""

    def __init__(self, summary: ColumnSummary, digest: ColumnDigest | None) -> None:
        self.summary = summary
        self._digest = digest

    def feed(self, arrays: list[pa.Array]) -> None:
        """Take the next values in."""
        if not pa.types.is_dictionary(arrays[0].type):
            arrays = [plain(each) for each in arrays]
            arrays = arrays if len(arrays) == 1 else [pa.concat_arrays(arrays)]
        for each in arrays:
            if self._digest is not None:
                self._digest.update(each)
            self.summary.update(each)

    def finish(self, errors: dict[str, int]) -> ColumnProfile:
        """The profile of all values, of which nothing is kept then."""
        if self._digest is not None:
            self._digest.close()
        return self.summary.profile(error_count=errors.get(self.summary.name, 0))


class _Workers:
    """Threads, or none, that stop soon after something went wrong."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool: Executor = ThreadPoolExecutor(threads) if threads > 1 else _Inline()
        self._stopped = Event()

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is not None:
            self._stopped.set()
        self._pool.shutdown(cancel_futures=True)

    def start(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have ``work`` done."""
        return self._pool.submit(work, *arguments)

    def going_on(self, items: Iterable[Any]) -> Iterator[Any]:
        """``items``, until the work is to stop."""
        for each in items:
            if self._stopped.is_set():
                raise InterruptedError("the pass over the rows was stopped")
            yield each


class _Inline(Executor):
    """Work that is done when it is handed in."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over rows: what each column has given, and who works on it."""

    rows: Rows
    columns: list[_Column]
    workers: _Workers
    step: Step
    budget: int

    def by_column(
        self, read: Callable[[int], Iterable[pa.Array]]
    ) -> tuple[int, list[ColumnProfile]]:
        """Read column after column, and be done with each at its end."""
        width = len(self.columns)

        def work(position: int) -> ColumnProfile:
            pieces = _pieces(read(position), most_bytes=self.budget // _HELD_SHARE)
            for arrays in self.workers.going_on(pieces):
                self.columns[position].feed(arrays)
                self.step(sum(map(len, arrays)) / width)
            return self.columns[position].finish(self.rows.errors)

        profiles = _results([self.workers.start(work, position) for position in range(width)])
        return profiles[0].count if profiles else self.rows.row_count or 0, profiles

    def by_batch(
        self, copy: Callable[[pa.RecordBatch], object] | None
    ) -> tuple[int, list[ColumnProfile]]:
        """Work on all columns of some batches while the next ones are read.

        Beyond a quarter of the budget what waits for the end goes into a file.
        """
        spool, count, working = Spool(), 0, list[Future[Any]]()
        for batches in _pieces(self.rows.batches, most_bytes=self.budget // _HELD_SHARE):
            for batch in batches if copy else ():
                copy(batch)  # type: ignore[misc]
            _results(working)
            make_room([each.summary for each in self.columns], spool, budget=self.budget // 4)
            count += (size := sum(map(len, batches)))
            working = [
                self.workers.start(self._feed, share, batches) for share in self._shares(count)
            ]
            self.step(size)
        _results(working)
        found = _results([self.workers.start(self._finish, e) for e in self._shares(count)])
        profiles = {position: each for share in found for position, each in share.items()}
        return count, [profiles[position] for position in range(len(self.columns))]

    def _shares(self, row_count: int) -> list[range]:
        """The positions of the columns that each thread works on, after so many rows."""
        affordable = _affordable(row_count, self.budget, free=self.budget - self.budget // 4)
        threads = min(self.workers.threads, affordable, len(self.columns))
        return [range(first, len(self.columns), threads) for first in range(threads)]

    def _feed(self, positions: range, batches: list[pa.RecordBatch]) -> None:
        for position in self.workers.going_on(positions):
            self.columns[position].feed([batch.column(position) for batch in batches])

    def _finish(self, positions: range) -> dict[int, ColumnProfile]:
        return {
            position: self.columns[position].finish(self.rows.errors)
            for position in self.workers.going_on(positions)
        }


def _pieces(items: Iterable[Piece], *, most_bytes: int) -> Iterator[list[Piece]]:
    """``items`` cut and put together so that there are not many and none is large."""
    together: list[Piece] = []
    rows = held = 0
    for item in items:
        size = _slice_length(item, most_bytes)
        for start in range(0, len(item), size):
            together.append(part := item.slice(start, size))
            rows, held = rows + len(part), held + part.nbytes
            if rows >= _TOGETHER or held >= most_bytes:
                yield together
                together, rows, held = [], 0, 0
    if together:
        yield together


def _slice_length(item: Piece, most_bytes: int) -> int:
    """Rows of ``item`` that do not have more bytes than that, if they are all alike."""
    fitting: int = len(item) * most_bytes // max(item.nbytes, 1)
    return max(min(fitting, 4 * _TOGETHER), _LEAST)


def _results(futures: list[Future[Any]]) -> list[Any]:
    """What they came to, or the first error; waits with open eyes for Ctrl-C."""
    working = set(futures)
    while working:
        done, working = wait(working, timeout=_LOOK, return_when=FIRST_EXCEPTION)
        for each in done:
            each.result()
    return [each.result() for each in futures]


def _threads_for(rows: Rows, threads: int, budget: int) -> int:
    """As many as there is work and memory for."""
    if rows.row_count is None or rows.column is None:
        return threads
    if rows.row_count * len(rows.schema) <= _SMALL:
        return 1
    return min(threads, _affordable(rows.row_count, budget, free=budget))


def _affordable(row_count: int, budget: int, *, free: int) -> int:
    """How many columns of so many rows can be worked on at a time; one at least.

    Those with more rows than are held one by one leave memory for each of these only.
    """
    one_by_one = row_count <= most_rows(budget)
    held = row_count * _WAITING if one_by_one else budget // 4
    return max(free // (held + _WORKING), 1)
