"""Rows on their way in: a schema, batches to read once, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

BATCH_ROWS = 1 << 16
"""Rows that are read at a time."""

Stamp = tuple[int, int, int]
"""Size in bytes, time of change in nanoseconds and inode of a file."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table, to be read once and in order.

    Attributes
    ----------
    schema
        Column names are unique.
    batches
        Record batches of that schema.
    errors
        Values by column that did not parse and are null; complete once the batches are read.
    carrier
        What restores the object the rows came out of (`mlsnap.data.carriers`); ``None`` for files.
    stamps
        Of the files that are read: what tells them apart from changed ones.
    """

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    errors: dict[str, int] = field(default_factory=dict)
    carrier: dict[str, Any] | None = None
    stamps: dict[Path, Stamp] = field(default_factory=dict)

    @classmethod
    def of_table(
        cls,
        table: pa.Table,
        *,
        errors: dict[str, int] | None = None,
        carrier: dict[str, Any] | None = None,
    ) -> Rows:
        """The rows of ``table``."""
        table = table.rename_columns(unique_names(table.column_names))
        return cls(table.schema, table.to_batches(BATCH_ROWS), errors or {}, carrier)

    def table(self) -> pa.Table:
        """All rows at once."""
        return pa.Table.from_batches(self.batches, self.schema)


def unique_names(names: Iterable[str]) -> list[str]:
    """``names`` with ``.1``, ``.2``, … after those that came before, as pandas reads headers.

    >>> unique_names(["a", "b", "a", "a"])
    ['a', 'b', 'a.1', 'a.2']
    """
    taken = set(names := list(names))
    return list(_made_unique(names, taken))


def _made_unique(names: list[str], taken: set[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            seen.add(name)
            yield name
            continue
        number = 1
        while f"{name}.{number}" in taken:
            number += 1
        taken.add(f"{name}.{number}")
        yield f"{name}.{number}"
