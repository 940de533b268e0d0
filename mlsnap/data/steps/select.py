"""Some columns, in the order they are named."""

from __future__ import annotations

from typing import Any

from mlsnap.data.flow import picked, require_columns
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import NAMES

ARGUMENTS = {"columns": NAMES}


def step(*columns: str) -> dict[str, Any]:
    """Keep these columns only, in this order.

    >>> step("age", "town")
    {'step': 'select', 'columns': ['age', 'town']}
    """
    return {"step": "select", "columns": list(columns)}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are."""
    return arguments


def apply(rows: Rows, *, columns: list[str]) -> Rows:
    """The columns."""
    require_columns(rows.schema, columns)
    return picked(rows, {name: name for name in columns})
