"""What happens to a table between two copies: the rows before, ``None`` for none, and after."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

Change = Callable[[pa.Table], tuple[pa.Table | None, pa.Table]]


def _first(table: pa.Table) -> tuple[None, pa.Table]:
    return None, table


def _unchanged(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    return table, table


def _appended(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """One row in a hundred comes at the end."""
    return table.slice(0, round(table.num_rows / 1.01)), table


def _inserted(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """A hundred rows come at the head."""
    return table.slice(100), table


def _updated(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """A column of one row in a thousand, in the middle, gets other values."""
    count, start = table.num_rows // 1000, table.num_rows // 2
    rows = table.slice(start, count)
    place = next(i for i, field in enumerate(table.schema) if pa.types.is_floating(field.type))
    rows = rows.set_column(place, table.schema.field(place), pc.add(rows.column(place), 1.0))
    return table, pa.concat_tables([table.slice(0, start), rows, table.slice(start + count)])


CHANGES: dict[str, Change] = {
    "first": _first,
    "unchanged": _unchanged,
    "appended": _appended,
    "inserted": _inserted,
    "updated": _updated,
}
