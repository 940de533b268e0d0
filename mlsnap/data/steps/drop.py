"""All columns but some."""

from __future__ import annotations

from typing import Any

from mlsnap.data.flow import picked, require_columns
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import NAMES
from mlsnap.errors import SourceError

ARGUMENTS = {"columns": NAMES}


def step(*columns: str) -> dict[str, Any]:
    """Leave these columns out.

    >>> step("comment")
    {'step': 'drop', 'columns': ['comment']}
    """
    return {"step": "drop", "columns": list(columns)}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are."""
    return arguments


def apply(rows: Rows, *, columns: list[str]) -> Rows:
    """The other columns."""
    require_columns(rows.schema, columns)
    left = [name for name in rows.schema.names if name not in columns]
    if not left:
        raise SourceError("no column would be left", "keep one at least")
    return picked(rows, {name: name for name in left})
