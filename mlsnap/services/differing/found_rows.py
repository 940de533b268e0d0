"""The second pass: the differing rows themselves, with what changed in them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.blocks import Blocks, as_batch
from mlsnap.data.buffers import to_arrow
from mlsnap.data.partitions import MOST, Partitions
from mlsnap.data.row_hashes import differing
from mlsnap.services.differing.output import Output
from mlsnap.services.differing.places import DifferingPlaces
from mlsnap.services.differing.shared_columns import SharedColumns
from mlsnap.services.differing.windows import Windows
from mlsnap.values.temporary import temporary_folder

_FEWEST = 1 << 10
"""Changed rows that are held at once, however wide they are."""

_COPIES = 8
"""How often a changed row may be in memory at once, as it was and as it is."""

_LOOKS = 2
"""How often a block may be read for changed rows before their rows are sorted into files."""


class FoundRows:
    """The differing rows of two tables whose rows can be read again.

    Parameters
    ----------
    room
        Bytes of rows that may be held.
    close
        Called when nobody needs the rows any more.
    """

    def __init__(
        self,
        reference: Blocks,
        current: Blocks,
        columns: SharedColumns,
        places: DifferingPlaces,
        *,
        room: int,
        close: Callable[[], object],
    ) -> None:
        self._reference, self._current = reference, current
        self._columns, self._places, self._room = columns, places, room
        weakref.finalize(self, close)

    def iter_batches(self) -> Iterator[pa.RecordBatch]:
        """All of them in the form of `Output`: removed, added, changed ones."""
        output = Output(self._columns)
        for batch in self.removed():
            yield output.rows("removed", batch)
        for batch in self.added():
            yield output.rows("added", batch)
        for before, after in self.changed():
            yield output.changed(before, after, self.cells(before, after))

    def table(self) -> pa.Table:
        """The same in one table."""
        return pa.Table.from_batches(self.iter_batches(), self.schema)

    @property
    def schema(self) -> pa.Schema:
        """Of `iter_batches`."""
        return Output(self._columns).schema

    def removed(self) -> Iterator[pa.RecordBatch]:
        """Rows of the reference that the current table has not, in their order."""
        return self._rows(self._reference, self._places.removed)

    def added(self) -> Iterator[pa.RecordBatch]:
        """Rows of the current table that the reference has not, in their order."""
        return self._rows(self._current, self._places.added)

    def changed(self) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Changed rows in the current table's order: as they were, and as they are."""
        if not self._places.counts[2]:
            return
        width = self._width()
        windows = Partitions(self._current.row_count // width + 1, 2, room=self._room)
        looks = 0
        for pairs in self._pairs():
            windows.put(pairs[:, 1] // width, pairs.view(np.uint64))
            looks += self._looks(pairs, width)
        if looks <= _LOOKS * len(self._reference.sizes):
            yield from self._changed_directly(windows)
        else:
            yield from self._changed_by_files(windows, width)

    def _changed_directly(
        self, windows: Partitions
    ) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Window by window, whose rows lie together in the reference too."""
        for number in windows.numbers():
            before, after = windows.get(number).astype(np.int64).T
            order = np.argsort(before)
            rows = _joined(self._reference.take(before[order], self._columns.names))
            yield _ordered(rows, after[order]), self._at(after)

    def _changed_by_files(
        self, windows: Partitions, width: int
    ) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Window by window, whose rows are brought together in files first."""
        with temporary_folder() as folder:
            befores = Windows(folder, width)
            for pairs in self._pairs():
                self._put_before(pairs, befores)
            for number in windows.numbers():
                rows, places = befores.take(number, self._schema_before)
                yield _ordered(rows, places), self._at(windows.get(number)[:, 1].astype(np.int64))

    def _pairs(self) -> Iterator[NDArray[np.int64]]:
        """Places of changed rows on both sides, ascending in the reference, a stretch at a time."""
        for number in self._places.changed.numbers():
            pairs = self._places.changed.get(number).astype(np.int64)
            yield pairs[np.argsort(pairs[:, 0])]

    def _looks(self, pairs: NDArray[np.int64], width: int) -> int:
        """How many blocks of the reference would be read for them, window by window."""
        blocks = np.searchsorted(self._reference.starts, pairs[:, 0], side="right")
        looks = np.sort(pairs[:, 1] // width * len(self._reference.starts) + blocks)
        return 1 + int(np.count_nonzero(looks[1:] != looks[:-1]))

    def cells(self, before: pa.RecordBatch, after: pa.RecordBatch) -> NDArray[np.bool_]:
        """Which cells of changed rows differ; shape (rows, columns that are not in the key)."""
        masks = [
            differing(before.column(name), after.column(name), form)
            for name, form in self._columns.form_of(self._columns.others)
        ]
        return np.stack(masks, axis=1)

    def _rows(self, blocks: Blocks, kept: Partitions) -> Iterator[pa.RecordBatch]:
        for places in DifferingPlaces.in_order(kept):
            for _, batch in blocks.take(places, self._columns.names):
                yield batch

    def _put_before(self, pairs: NDArray[np.int64], windows: Windows) -> None:
        """Rows of the reference, each for the row of the current table that it became."""
        done = 0
        for here, batch in self._reference.take(pairs[:, 0], self._columns.names):
            windows.put(batch, np.ascontiguousarray(pairs[done : done + len(here), 1]))
            done += len(here)

    def _at(self, places: NDArray[np.int64]) -> pa.RecordBatch:
        """The rows of the current table at some places, in its order."""
        return _joined(self._current.take(np.sort(places), self._columns.names))

    def _width(self) -> int:
        """Rows of the current table whose changed ones are held together: all, if they are few."""
        block = self._current.read(int(np.argmax(self._current.sizes)), self._columns.names)
        width = self._room * len(block) // (max(block.nbytes, 1) * _COPIES)
        width = max(width, _FEWEST, self._current.row_count // (MOST - 1) + 1)
        return self._current.row_count + 1 if self._places.counts[2] <= width else width

    @property
    def _schema_before(self) -> pa.Schema:
        return pa.schema([self._reference.schema.field(name) for name in self._columns.names])


def _joined(taken: Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]) -> pa.RecordBatch:
    return as_batch(pa.Table.from_batches([batch for _, batch in taken]))


def _ordered(rows: pa.RecordBatch, places: NDArray[np.int64]) -> pa.RecordBatch:
    """Rows in the order of what they belong to."""
    if (places[1:] > places[:-1]).all():
        return rows
    return rows.take(to_arrow(np.argsort(places)))
