"""The second pass: the differing rows themselves, with what changed in them."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.blocks import Blocks, as_batch
from mlsnap.data.partitions import Partitions
from mlsnap.data.row_hashes import differing
from mlsnap.services.differing.output import Output
from mlsnap.services.differing.pass_one import DifferingPlaces
from mlsnap.services.differing.shared import SharedColumns
from mlsnap.services.differing.windows import Windows
from mlsnap.values.temporary import temporary_folder

_FEWEST = 1 << 10
"""Changed rows that are held at once, however wide they are."""

_COPIES = 8
"""How often a changed row may be in memory at once, as it was and as it is."""


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
        after = Partitions(self._current.row_count // width + 1, 1, room=self._room)
        with temporary_folder() as folder:
            windows = Windows(folder, width)
            for number in self._places.changed.numbers():
                pairs = self._places.changed.get(number).astype(np.int64)
                self._put_before(pairs[np.argsort(pairs[:, 0])], windows)
                after.put(pairs[:, 1] // width, pairs[:, 1:].view(np.uint64))
            for number in after.numbers():
                now = self._at(after.get(number))
                yield windows.take(number, self._schema_before), now

    def cells(self, before: pa.RecordBatch, after: pa.RecordBatch) -> NDArray[np.bool_]:
        """Which cells of changed rows differ; shape (rows, columns that are not in the key)."""
        masks = [
            differing(before.column(name), after.column(name), form)
            for name, form in self._columns.form_of(self._columns.others)
        ]
        return np.stack(masks, axis=1)

    def count_cells(self) -> dict[str, int]:
        """Of each column that changed rows differ in, in how many of them."""
        counts = Counter[str]()
        for before, after in self.changed():
            sums = self.cells(before, after).sum(axis=0).tolist()
            counts.update(dict(zip(self._columns.others, sums, strict=True)))
        return {name: counts[name] for name in self._columns.others if counts[name]}

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

    def _at(self, places: NDArray[np.uint64]) -> pa.RecordBatch:
        """The rows of the current table at some places, in its order."""
        ordered = np.sort(places[:, 0]).astype(np.int64)
        taken = self._current.take(ordered, self._columns.names)
        return as_batch(pa.Table.from_batches([batch for _, batch in taken]))

    def _width(self) -> int:
        """Rows of the current table whose changed ones are held together: all, if they are few."""
        (_, first), *_ = self._current.take(np.zeros(1, np.int64), self._columns.names)
        width = max(self._room // (max(first.nbytes, 1) * _COPIES), _FEWEST)
        return self._current.row_count + 1 if self._places.counts[2] <= width else width

    @property
    def _schema_before(self) -> pa.Schema:
        return pa.schema([self._reference.schema.field(name) for name in self._columns.names])
