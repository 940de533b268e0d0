"""Other names for columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mlsnap.data.flow import picked, require_columns
from mlsnap.data.rows import Rows
from mlsnap.data.step_arguments import PAIRS
from mlsnap.errors import SourceError

ARGUMENTS = {"names": PAIRS}


def step(names: Mapping[str, str]) -> dict[str, Any]:
    """Give columns the names that they are mapped to; all at once, so two can swap theirs.

    >>> step({"Alter": "age"})
    {'step': 'rename', 'names': {'Alter': 'age'}}
    """
    return {"step": "rename", "names": dict(names)}


def complete(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are."""
    return arguments


def apply(rows: Rows, *, names: dict[str, str]) -> Rows:
    """All columns, some under new names."""
    require_columns(rows.schema, list(names))
    all_names = {name: names.get(name, name) for name in rows.schema.names}
    for name, count in Counter(all_names.values()).items():
        if count > 1:
            raise SourceError(
                f"{count} columns would be called {name!r}", "drop or rename the other one, too"
            )
    return picked(rows, all_names)
