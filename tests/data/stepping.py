"""Rows in small batches, and what steps make of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from mlsnap.data.rows import Rows, StartAgain
from mlsnap.data.steps import completed, transformed


def rows_of(columns: dict[str, Any], *, size: int = 2, **more: Any) -> Rows:
    """Rows that come ``size`` at a time."""
    table = pa.table(columns)
    return Rows(table.schema, iter(table.to_batches(size)), row_count=table.num_rows, **more)


def made(columns: dict[str, Any], *steps: dict[str, Any], size: int = 2) -> pa.Table:
    """The table that steps make of columns."""
    return transformed(rows_of(columns, size=size), completed(steps)).table()


def errors_of(rows: Rows) -> dict[str, int]:
    """The errors that are counted once all is read."""
    rows.table()
    return rows.errors


def restarting(columns: dict[str, Any], wider: dict[str, Any], **more: Any) -> Rows:
    """Rows that turn out to be ``wider`` ones after the first batch."""
    first = pa.table(columns)

    def batches() -> Iterator[pa.RecordBatch]:
        yield first.to_batches(1)[0]
        raise StartAgain(rows_of(wider, **more))

    return Rows(first.schema, batches())
