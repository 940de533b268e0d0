"""Which rows of two tables differ."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from mlsnap import settings
from mlsnap.data.blocks import Blocks
from mlsnap.services.differing.examples import examples_of
from mlsnap.services.differing.found_rows import FoundRows
from mlsnap.services.differing.places import DifferingPlaces, find_differing
from mlsnap.services.differing.shared_columns import SharedColumns, shared_columns
from mlsnap.services.differing.side import Side, shared_parts, starts_of
from mlsnap.services.differing.sides import find_side
from mlsnap.values.row_difference import RowDifference
from mlsnap.values.temporary import temporary_folder

EXAMPLES = 10
"""Rows of each kind that a difference shows."""

_SHARE = 4
"""Part of the memory budget that hashes of a side may have, and after them the rows."""


def diff(
    reference: Any,
    current: Any,
    *,
    key: str | Sequence[str] | None = None,
    include_columns: Sequence[str] | None = None,
    exclude_columns: Sequence[str] | None = None,
    examples: int = EXAMPLES,
) -> RowDifference:
    """Which rows were added, removed and changed between two tables that hold data.

    Values are compared, not how they are carried: the order of rows and columns makes no
    difference, nor does the width of a number or the unit of an instant; NaN equals NaN and null
    equals null. Rows of chunks that both data copies have are neither fetched nor read. Hashes of
    128 bits say which rows are equal; beyond the setting ``memory_budget`` they wait in a
    temporary file.

    Parameters
    ----------
    reference, current
        Each a reference to a snapshot (``crime@2019``, ``runs:/<id>``, …) or a `Snapshot`, read
        from its copy or else its unchanged source; or a table, or the path of a file.
    key
        Columns that say which row is which. Rows whose key is on both sides are changed where
        their other cells differ. Of a key that several rows of a side have, equal rows cancel
        each other first; what is left is one changed row if that is one row on each side, else
        rows removed and added. Without a key, a row is as often removed or added as the one side
        has it more often than the other.
    include_columns, exclude_columns
        Only these columns; not these: names or patterns such as ``price_*``. The key stays.
    examples
        How many rows of each kind the result shows.

    Returns
    -------
    RowDifference
        Counts and examples; ``iter_batches()`` and ``to_arrow_table()`` give all the rows.

    Raises
    ------
    NotFoundError
        If a reference or a column is not known.
    NoDataCopyError
        If a snapshot has neither a copy of the data nor a source.
    SourceError
        If a side cannot be read, or the sides have no column in common.
    DataIntegrityError, RemoteError
        If a copy is not what was recorded, or cannot be had.

    Examples
    --------
    >>> import pyarrow as pa
    >>> before = pa.table({"id": [1, 2, 3], "x": [0.5, 1.5, 2.5]})
    >>> after = pa.table({"id": [1, 2, 4], "x": [0.5, 9.5, 3.5]})
    >>> found = diff(before, after, key="id")
    >>> found.added, found.removed, found.changed, found.changed_cells
    (1, 1, 1, {'x': 1})
    """
    keys = (key,) if isinstance(key, str) else tuple(dict.fromkeys(key or ()))
    base = find_side(reference, default_name="reference")
    other = find_side(current, default_name="current")
    with ExitStack() as stack:
        opened = _open(base, other, stack.enter_context(temporary_folder()))
        schemas = opened.reference.schema, opened.current.schema
        shared = shared_columns(
            *schemas, key=keys, include=include_columns, exclude=exclude_columns
        )
        places, rows = _find(opened, shared, stack)
    removed, added, changed = places.counts
    shown, changed_cells = examples_of(rows, shared, most=examples)
    return RowDifference(
        reference=base.name,
        current=other.name,
        reference_rows=opened.reference.row_count + opened.skipped,
        current_rows=opened.current.row_count + opened.skipped,
        identical=opened.same_order and places.same_order and shared.are_all,
        columns=tuple(shared.names),
        key=keys,
        added=added,
        removed=removed,
        changed=changed,
        rows_skipped=opened.skipped,
        repeated_keys=places.repeated_keys,
        columns_added=shared.added,
        columns_removed=shared.removed,
        retyped=shared.retyped,
        excluded=shared.excluded,
        changed_cells=changed_cells,
        examples=shown,
        rows=rows,
    )


class _Opened(NamedTuple):
    """Both tables, but for ``skipped`` rows that they share; ``same_order``: so far they do not
    differ in order.
    """

    reference: Blocks
    current: Blocks
    skipped: int
    same_order: bool


def _open(base: Side, other: Side, folder: Path) -> _Opened:
    if base.record and other.record and base.record.digest == other.record.digest:
        nothing = (base if base.parts else other).nothing()
        return _Opened(nothing, nothing, base.record.row_count, True)
    ours, theirs = shared_parts(base, other)
    return _Opened(
        base.open(folder / "reference", ours),
        other.open(folder / "current", theirs),
        sum(part.rows or 0 for part in ours),
        starts_of(base.parts, ours) == starts_of(other.parts, theirs),
    )


def _find(
    opened: _Opened, shared: SharedColumns, stack: ExitStack
) -> tuple[DifferingPlaces, FoundRows]:
    """The differing rows, which from now on hold what ``stack`` does."""
    room = settings.load(Path.cwd()).settings.memory_budget // _SHARE
    places = find_differing(opened.reference, opened.current, shared, room=room)
    close = stack.pop_all().close
    return places, FoundRows(
        opened.reference, opened.current, shared, places, room=room, close=close
    )
