"""Which rows of two tables differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from mlsnap.values.scalars import encoded
from mlsnap.values.shown import Shown


class DifferingRows(Protocol):
    """Where the rows themselves can be had."""

    @property
    def schema(self) -> Any:
        """Of the batches and the table."""

    def iter_batches(self) -> Iterator[Any]:
        """The rows in record batches."""

    def table(self) -> Any:
        """The rows as a table."""


@dataclass(frozen=True, slots=True)
class RetypedColumn:
    """A column whose type is another one; ``compared`` says whether its values were, all the same.

    ``reference`` and ``current`` are its types on both sides.
    """

    name: str
    reference: str
    current: str
    compared: bool


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row whose key is on both sides: its key, and its other cells as far as they changed."""

    key: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ExampleRows:
    """The first rows of each kind, by the names of their columns."""

    added: tuple[dict[str, Any], ...] = ()
    removed: tuple[dict[str, Any], ...] = ()
    changed: tuple[ChangedRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RowDifference(Shown):
    """Which rows a current table has and a reference table has not, and the other way round.

    Attributes
    ----------
    reference_rows, current_rows
        Rows of the whole tables.
    identical
        The same rows in the same order, in the same columns, but for those ``excluded``.
    columns
        The columns whose values were compared, in the current table's order.
    key
        Those of them that say which row is which.
    added, removed, changed
        Numbers of rows. Without a key no row is changed: it is removed, and another one is added.
    rows_skipped
        Rows of each side that were not read: they are in chunks that both copies have.
    repeated_keys
        Keys that several rows of a side have, among the rows that were read.
    columns_added, columns_removed, retyped
        How the columns differ, but for those that were ``excluded``.
    changed_cells
        Of each column that changed rows differ in, in how many of them.
    examples
        The first rows of each kind.
    rows
        All of them; they can be had as long as this object is there, and the files, if it is of
        files that are still the same.
    """

    reference: str
    current: str
    reference_rows: int
    current_rows: int
    identical: bool
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    rows_skipped: int = 0
    repeated_keys: int = 0
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    retyped: tuple[RetypedColumn, ...] = ()
    excluded: tuple[str, ...] = ()
    changed_cells: dict[str, int] = field(default_factory=dict)
    examples: ExampleRows = field(default_factory=ExampleRows)
    rows: DifferingRows = field(compare=False)

    @property
    def differs(self) -> bool:
        """Whether any row is added, removed or changed, or any column added, removed or retyped."""
        rows = self.added or self.removed or self.changed
        return bool(rows or self.columns_added or self.columns_removed or self.retyped)

    def iter_batches(self) -> Iterator[Any]:
        """The rows in question in Arrow record batches: removed, added, changed ones.

        A column ``change`` says which of these a row is. The others are those that were compared:
        of a removed row as it was in the reference, of another one as it is in the current table.
        With a key, ``changed_columns`` lists the columns that a changed row differs in, and
        ``<column>_before`` holds what was in them, as all its cells but the key's; it is null for
        other rows. A name that the data has already gets ``.1`` behind it.
        """
        return self.rows.iter_batches()

    def to_arrow_table(self) -> Any:
        """The rows of `iter_batches` as an Arrow table."""
        return self.rows.table()

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values, but of the rows only the examples."""
        return {
            each.name: encoded(getattr(self, each.name))
            for each in dataclasses.fields(self)
            if each.name != "rows"
        }
