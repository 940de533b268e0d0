"""Rows on their way in: a schema, batches to read once, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa

from mlsnap.data.files import File, Stamp

Made = TypeVar("Made")

BATCH_ROWS = 1 << 16
"""Rows that are read at a time."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table, to be read once: batch by batch, or column by column.

    Attributes
    ----------
    schema
        Column names are unique.
    batches
        Record batches of that schema, in order. Reading them may raise `StartAgain`;
        `given_to` answers it.
    column
        Reads a column by itself, given its position: arrays of its type (or dictionaries of
        it), in order. Several threads may read different columns at once. ``None`` where rows
        only come whole.
    row_count
        Number of rows where it is known beforehand.
    errors
        Values by column that did not parse and are null; complete once all is read.
    describe_carrier
        Makes `carrier`.
    stamps
        Of the files that are read: what tells them apart from changed ones.
    check
        To be called when all is read: raises `SourceError` if the files changed meanwhile.
    """

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    column: Callable[[int], Iterable[pa.Array]] | None = None
    row_count: int | None = None
    errors: dict[str, int] = field(default_factory=dict)
    describe_carrier: Callable[[], dict[str, Any] | None] = lambda: None
    stamps: dict[File, Stamp] = field(default_factory=dict)
    check: Callable[[], None] = lambda: None

    @classmethod
    def of_table(
        cls,
        table: pa.Table,
        *,
        errors: dict[str, int] | None = None,
        describe_carrier: Callable[[], dict[str, Any] | None] = lambda: None,
    ) -> Rows:
        """The rows of ``table``."""
        table = table.rename_columns(unique_names(table.column_names))
        return cls(
            table.schema,
            table.to_batches(BATCH_ROWS),
            column=lambda position: table.column(position).chunks,
            row_count=table.num_rows,
            errors=errors or {},
            describe_carrier=describe_carrier,
        )

    @property
    def held(self) -> bool:
        """Whether the rows are in memory, and can be read again."""
        return isinstance(self.batches, list)

    @cached_property
    def carrier(self) -> dict[str, Any] | None:
        """What restores the object the rows came out of (`mlsnap.data.carriers`), JSON-ready.

        ``None`` for files. It is made when first asked for, because it costs more than a profile
        of a small frame; ask before the object may change. Warns if something would not come
        back as it was.
        """
        return self.describe_carrier()

    def table(self) -> pa.Table:
        """All rows at once."""
        return self.given_to(_table)

    def given_to(self, consume: Callable[[Rows], Made]) -> Made:
        """What ``consume`` makes of the rows; it is called anew when they start again."""
        rows = self
        while True:
            try:
                return consume(rows)
            except StartAgain as again:
                rows = again.rows


class StartAgain(Exception):  # noqa: N818 - a signal, like StopIteration
    """What was read so far is void: later values need other types. ``rows`` has them."""

    def __init__(self, rows: Rows) -> None:
        super().__init__("later values need other types")
        self.rows = rows


def unique_names(names: Iterable[str]) -> list[str]:
    """``names`` with ``.1``, ``.2``, … after those that came before, as pandas reads headers.

    >>> unique_names(["a", "b", "a", "a"])
    ['a', 'b', 'a.1', 'a.2']
    """
    taken = set(names := list(names))
    return list(_made_unique(names, taken))


def with_unique_names(schema: pa.Schema) -> pa.Schema:
    """``schema`` with `unique_names`."""
    names = unique_names(schema.names)
    fields = [field.with_name(name) for field, name in zip(schema, names, strict=True)]
    return pa.schema(fields, metadata=schema.metadata)


def _table(rows: Rows) -> pa.Table:
    table = pa.Table.from_batches(rows.batches, rows.schema)
    rows.check()
    return table


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
