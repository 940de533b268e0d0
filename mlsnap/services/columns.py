"""The columns that somebody asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlsnap.data.carriers.pandas_selection import select
from mlsnap.errors import NotFoundError, SourceError, near

Columns = Sequence[Any] | None
"""Names of columns, in the order that is asked for; ``None``: all of them."""

_SHOWN = 12
"""Names that a hint lists."""


def chosen(columns: Sequence[Any], known: Sequence[str]) -> list[str]:
    """The names that ``columns`` asks for.

    A label that is no text, as pandas has them, is known by the text of it; one text is one name.

    Raises
    ------
    NotFoundError
        If a name is not among the ``known`` ones.
    SourceError
        If no column is asked for, or one twice.
    """
    names = [columns] if isinstance(columns, str) else [str(each) for each in columns]
    for name in names:
        if name not in known:
            raise NotFoundError(f"no column {name!r}{near(name, known)}", _listed(known))
    if not names:
        raise SourceError("no column is asked for", _listed(known))
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise SourceError(f"column {twice[0]!r} is asked for twice", "name each column once")
    return names


def with_index(
    names: list[str], known: Sequence[str], carrier: dict[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """What to read for some columns of a pandas frame and its index, and the carrier of that."""
    data = len(known) - carrier["index"]["levels"]
    columns = [name for name in names if name in known[:data]]
    positions = [known.index(name) for name in columns]
    return [*columns, *known[data:]], select(carrier, positions)


def _listed(known: Sequence[str]) -> str:
    more = ", …" if len(known) > _SHOWN else ""
    return f"the columns are {', '.join(map(repr, known[:_SHOWN]))}{more}"
