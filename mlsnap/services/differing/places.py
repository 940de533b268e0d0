"""The first pass: which rows, by their places, two tables do not share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import xxhash

from mlsnap.data.ahead import in_order
from mlsnap.data.blocks import Blocks
from mlsnap.data.partitions import MOST, Partitions, Records
from mlsnap.data.row_hashes import row_hashes
from mlsnap.services import progress
from mlsnap.services.differing.matching import Places, match_keyed_rows, match_rows
from mlsnap.services.differing.shared_columns import SharedColumns

_CORES = os.cpu_count() or 1

ROWS = 1 << 17
"""Rows whose hashes are matched together, about."""

STRETCH = 1 << 20
"""Rows of a table whose differing ones are kept together."""


@dataclass(frozen=True)
class DifferingPlaces:
    """Where the differing rows are, by stretches of `STRETCH` rows.

    Attributes
    ----------
    removed, added
        Places, in the reference and in the current table.
    changed
        Pairs of places: in the reference, by which they are kept together, and in the current
        table.
    counts
        Of removed, added and changed rows.
    repeated_keys
        Keys that several rows of a side have.
    same_order
        Whether the rows are the same in the same order.
    """

    removed: Partitions
    added: Partitions
    changed: Partitions
    counts: tuple[int, int, int]
    repeated_keys: int
    same_order: bool

    @staticmethod
    def in_order(kept: Partitions) -> Iterator[Places]:
        """Places that were kept, ascending, a stretch at a time."""
        for number in kept.numbers():
            yield np.sort(kept.get(number)[:, 0]).astype(np.int64)


def find_differing(
    reference: Blocks, current: Blocks, columns: SharedColumns, *, room: int
) -> DifferingPlaces:
    """Match all rows of two tables by their hashes.

    ``room`` is how many bytes the hashes of each side may have in memory.
    """
    count = min(max((reference.row_count + current.row_count) // ROWS, 1), MOST)
    with progress.reading(reference.row_count + current.row_count) as step:
        ours, order = _hashed(reference, columns, count, room, step)
        theirs, other_order = _hashed(current, columns, count, room, step)
    removed = Partitions(_stretches(reference), 1, room=room // 8)
    added = Partitions(_stretches(current), 1, room=room // 8)
    changed = Partitions(_stretches(reference), 2, room=room // 8)
    counts, repeated = np.zeros(3, np.int64), 0
    match = match_keyed_rows if columns.key else match_rows
    for number in range(count):
        one, other = ours.get(number), theirs.get(number)
        found = match(one[:, :-1], other[:, :-1])
        _put(removed, one[found.removed, -1:])
        _put(added, other[found.added, -1:])
        _put(changed, np.hstack((one[found.before, -1:], other[found.after, -1:])))
        counts += len(found.removed), len(found.added), len(found.before)
        repeated += found.repeated
    sizes = (int(counts[0]), int(counts[1]), int(counts[2]))
    return DifferingPlaces(removed, added, changed, sizes, repeated, order == other_order)


def _stretches(blocks: Blocks) -> int:
    return blocks.row_count // STRETCH + 1


def _put(partitions: Partitions, records: Records) -> None:
    if len(records):
        partitions.put(records[:, 0] // np.uint64(STRETCH), records)


def _hashed(
    blocks: Blocks, columns: SharedColumns, count: int, room: int, step: progress.Step
) -> tuple[Partitions, str]:
    """Hashes of all rows of a table, and of its key, with the places; and the hash of these."""
    rows, key = columns.form_of(columns.names), columns.form_of(columns.key)

    def hashed(number: int) -> Records:
        batch = blocks.read(number, columns.names)
        start, end = blocks.starts[number], blocks.starts[number + 1]
        places = np.arange(start, end, dtype=np.uint64).reshape(-1, 1)
        keys = [row_hashes(batch, key)] if key else []
        return np.hstack((row_hashes(batch, rows), *keys, places))

    words = 5 if key else 3
    found, order = Partitions(count, words, room=room), xxhash.xxh3_128()
    with closing(in_order(hashed, range(len(blocks.sizes)), jobs=_CORES)) as all_hashed:
        for records in all_hashed:
            order.update(records[:, :2].tobytes())
            found.put(_numbers(records[:, 2 if key else 0], count), records)
            step(len(records))
    return found, order.hexdigest()


def _numbers(words: Records, count: int) -> Records:
    """The partition of each row: its hash, spread over so many."""
    return (words >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)
