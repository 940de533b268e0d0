"""Partial profiles of whole tables: of every column, with the room they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlsnap.profiling.columns import BUDGET, ColumnSummary, make_room
from mlsnap.profiling.spool import Spool
from mlsnap.values.profile import Profile


class TableSummary:
    """A partial profile of a table, a monoid under `merge`.

    Parameters
    ----------
    schema
        Column names must be unique.
    budget
        Bytes of memory that it may use; rows that wait for the end go into a temporary file
        beyond a quarter of it.
    """

    def __init__(self, schema: pa.Schema, *, budget: int = BUDGET) -> None:
        self._budget = budget
        self.columns = [ColumnSummary(field, budget=budget) for field in schema]
        self._rows = 0
        self._spool: Spool | None = None

    def update(self, batch: pa.RecordBatch) -> None:
        """Take rows in."""
        self._rows += batch.num_rows
        for column, values in zip(self.columns, batch.columns, strict=True):
            column.update(values)
        self._make_room()

    def merge(self, other: TableSummary) -> None:
        """Take in the rows of ``other``, which has the same schema."""
        self._rows += other._rows
        for column, theirs in zip(self.columns, other.columns, strict=True):
            column.merge(theirs)
        self._make_room()

    def profile(self, *, digest: str, errors: Mapping[str, int] | None = None) -> Profile:
        """The profile of all rows taken in; to be called once, at the end.

        Parameters
        ----------
        digest
            SHA-256 of the content (`mlsnap.data.digest.Digest`).
        errors
            Values by column that did not parse as the column's type and are null.
        """
        errors = errors or {}
        columns = [
            column.profile(error_count=errors.get(column.name, 0)) for column in self.columns
        ]
        return Profile(tuple(columns), self._rows, digest)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_spool": None}

    def _make_room(self) -> None:
        self._spool = self._spool or Spool()
        make_room(self.columns, self._spool, budget=self._budget // 4)


def profile_table(
    table: pa.Table, *, digest: str, errors: Mapping[str, int] | None = None
) -> Profile:
    """The profile of a ``table`` in memory; parameters as `TableSummary.profile` has them."""
    summary = TableSummary(table.schema)
    for batch in table.to_batches():
        summary.update(batch)
    return summary.profile(digest=digest, errors=errors)
