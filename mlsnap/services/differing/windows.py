"""Rows that wait in files until others come that belong to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from mlsnap.data.blocks import as_batch
from mlsnap.data.buffers import to_arrow, to_numpy
from mlsnap.services.differing.matching import Places


class Windows:
    """Rows by the window of another table's rows that they belong to: ``width`` rows of it."""

    def __init__(self, folder: Path, width: int) -> None:
        self._folder, self._width = folder, width

    def put(self, rows: pa.RecordBatch, places: Places) -> None:
        """Add rows, each belonging to the row of the other table at its place."""
        numbers = places // self._width
        names = [*map(str, range(rows.num_columns)), "place"]
        marked = pa.RecordBatch.from_arrays([*rows.columns, to_arrow(places)], names=names)
        order = np.argsort(numbers, kind="stable")
        found, starts = np.unique(numbers[order], return_index=True)
        for number, there in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
            part = marked if len(there) == len(marked) else marked.take(to_arrow(there))
            with (
                (self._folder / str(number)).open("ab") as file,
                pa.ipc.new_stream(file, part.schema) as stream,
            ):
                stream.write_batch(part)

    def take(self, number: int, schema: pa.Schema) -> tuple[pa.RecordBatch, Places]:
        """The rows of a window, of that schema, and what they belong to; once."""
        tables, file = [], self._folder / str(number)
        with pa.OSFile(str(file)) as source:
            while source.tell() < source.size():
                tables.append(pa.ipc.open_stream(source).read_all())
        file.unlink()
        marked = as_batch(pa.concat_tables(tables))
        rows = pa.RecordBatch.from_arrays(marked.columns[:-1], schema=schema)
        return rows, to_numpy(marked.column("place"))
