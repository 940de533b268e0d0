"""From the records of the executors to one profile."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from math import ceil
from typing import Any

import pyarrow as pa

from mlsnap.data.carriers.spark import from_bytes
from mlsnap.data.digest import BLOCK, Digest, block_digests
from mlsnap.data.files import changed_meanwhile
from mlsnap.errors import SourceError
from mlsnap.profiling.columns import ColumnSummary
from mlsnap.profiling.spool import Spool
from mlsnap.spark.records import DIGEST, STATE, Plan, Record
from mlsnap.values.column import ColumnProfile
from mlsnap.values.profile import Profile

_BLOCK_PLACES = 200
"""Tasks at most in which blocks are put together; each holds those that are not complete yet."""

_SHA256 = 32
"""Bytes of a digest."""

Finished = tuple[str, int, Any]
"""The profile of a column (`STATE`) or the digests of a block (`DIGEST`), and its number."""


def profile_of(records: Any, plan: Plan) -> Profile:
    """The profile of the table in ``plan``, from an RDD of records.

    Each column is merged and finished by one executor, and so is each block. Only profiles of
    columns and digests of blocks come to the driver.

    Raises
    ------
    SourceError
        If the records are not those of that table: it changed meanwhile.
    """
    block_count = ceil(plan.row_count / BLOCK)
    for_columns = min(len(plan.schema), records.context.defaultParallelism)
    for_blocks = min(block_count, _BLOCK_PLACES)
    placed = records.map(_placing(for_columns, for_blocks))
    gathered = placed.partitionBy(for_columns + for_blocks, int).values()
    found: list[Finished] = gathered.mapPartitions(lambda each: _finished(each, plan)).collect()
    columns: dict[int, ColumnProfile] = _of_kind(found, STATE)
    blocks: dict[int, bytes] = _of_kind(found, DIGEST)
    if len(blocks) != block_count:
        raise changed()
    return Profile(
        tuple(columns.get(n) or plan.summary_of(n).profile() for n in range(len(plan.schema))),
        plan.row_count,
        Digest.of_blocks(plan.schema, plan.row_count, (_split(blocks[n]) for n in sorted(blocks))),
    )


def changed() -> SourceError:
    """The rows were others when they were read for the second time."""
    return changed_meanwhile(
        "the table in Spark",
        hint="if its rows are computed anew each time, write them to a table first",
    )


def _placing(for_columns: int, for_blocks: int) -> Callable[[Any], tuple[int, Record]]:
    """Where a record goes: each column has its place, and each block has one after those."""

    def placed(record: Any) -> tuple[int, Record]:
        record = Record(*record)
        if record.kind == STATE:
            return record.number % for_columns, record
        return for_columns + record.number % for_blocks, record

    return placed


def _finished(records: Iterator[Record], plan: Plan) -> Iterator[Finished]:
    """What the records at one place give."""
    first = next(records, None)
    if first is None:
        return iter(())
    every = chain([first], records)
    return _columns(every, plan) if first.kind == STATE else _blocks(every, plan)


def _columns(records: Iterable[Record], plan: Plan) -> Iterator[Finished]:
    totals: dict[int, ColumnSummary] = {}
    spool = Spool()
    for column, summary in _unpickled(records):
        if column in totals:
            totals[column].merge(summary)
        else:
            totals[column] = summary
        plan.make_room(totals.values(), spool)
    for column in list(totals):
        total = totals.pop(column)
        if total.row_count != plan.row_count:
            raise changed()
        yield STATE, column, total.profile()


def _unpickled(records: Iterable[Record]) -> Iterator[tuple[int, ColumnSummary]]:
    """Each summary as soon as all its pieces are there, with its column."""
    waiting: dict[tuple[int, int], list[Record]] = defaultdict(list)
    for record in records:
        pieces = waiting[record.number, record.source]
        pieces.append(record)
        if sum(len(each.payload) for each in pieces) == record.size:
            del waiting[record.number, record.source]
            yield record.number, pickle.loads(_joined(pieces))


def _joined(pieces: list[Record]) -> bytes:
    return b"".join(each.payload for each in sorted(pieces, key=lambda each: each.position))


def _blocks(records: Iterable[Record], plan: Plan) -> Iterator[Finished]:
    """The digests of each block: as they are, or of its fragments as soon as all are there."""
    waiting: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        block = record.number
        if record.kind == DIGEST:
            yield DIGEST, block, record.payload
            continue
        waiting[block].append(record)
        if sum(each.size for each in waiting[block]) == plan.rows_in(block):
            yield DIGEST, block, b"".join(block_digests(_rows(waiting.pop(block), plan)))


def _rows(fragments: list[Record], plan: Plan) -> pa.Table:
    in_order = sorted(fragments, key=lambda each: each.position)
    batches = [batch for each in in_order for batch in from_bytes(each.payload)]
    return pa.Table.from_batches(batches, plan.schema)


def _of_kind(found: list[Finished], kind: str) -> dict[int, Any]:
    return {number: value for each, number, value in found if each == kind}


def _split(digests: bytes) -> list[bytes]:
    return [digests[start : start + _SHA256] for start in range(0, len(digests), _SHA256)]
