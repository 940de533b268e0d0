"""What a database is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlsnap.errors import SourceError

READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}
"""What begins a transaction in which a database refuses to write."""

_FIRST_WORD = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(\w+)", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """A query, or the name of a table all of which is asked for."""

    query: str | None = None
    table: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Question:
        """What ``options`` ask; `SourceError` unless it is one query or one table."""
        query, table = options.get("query"), options.get("table")
        if not isinstance(query or table, str) or (query and table):
            fact = "both query and table are given" if query and table else "no query and no table"
            raise SourceError(
                fact, 'name one: options={"query": "select … order by …"} or {"table": "orders"}'
            )
        return cls(query and str(query).strip().rstrip(";"), table)

    def sql(self, quote: Callable[[str], str]) -> str:
        """The query; ``quote`` writes a name as the database wants it."""
        if self.query:
            return self.query
        return f"SELECT * FROM {'.'.join(map(quote, str(self.table).split('.')))}"

    @property
    def selects(self) -> bool:
        """Whether it can be read with a cursor that stays in the database."""
        word = _FIRST_WORD.match(self.query or "select")
        return word is not None and word[1].lower() in ("select", "with", "values", "table")
