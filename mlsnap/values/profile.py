"""A profile: what a table looked like, small and independent of its number of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mlsnap.errors import NotFoundError, SourceError, near
from mlsnap.values.column import ColumnProfile
from mlsnap.values.shown import Shown

FORMAT = 1
"""Version of the stored JSON; readers keep understanding every earlier one."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Profile(Shown):
    """Statistics of a table and of each of its columns.

    Attributes
    ----------
    columns
        In the table's order; names are unique.
    row_count
        Rows of the table.
    digest
        SHA-256 of the content, 64 hex digits (see ``mlsnap.data.digest``).
    """

    columns: tuple[ColumnProfile, ...]
    row_count: int
    digest: str
    _by_name: dict[str, ColumnProfile] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({column.name: column for column in self.columns})

    def __getitem__(self, name: str) -> ColumnProfile:
        """The profile of the column ``name``; `NotFoundError` where there is none."""
        try:
            return self._by_name[name]
        except KeyError:
            raise NotFoundError(
                f"no column {name!r} in the profile{near(str(name), self._by_name)}",
                "list the columns with `profile.names`",
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def percent_missing(self) -> float:
        """Share of missing cells, a fraction 0-1; 0 for a table without cells."""
        cells = self.row_count * len(self.columns)
        return sum(each.missing_count for each in self.columns) / cells if cells else 0.0

    def __iter__(self) -> Iterator[ColumnProfile]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self._by_name)

    def to_dict(self) -> dict[str, Any]:
        """The profile as JSON-ready values, with the version of the format."""
        return {
            "format": FORMAT,
            "row_count": self.row_count,
            "digest": self.digest,
            "columns": [column.to_dict() for column in self.columns],
        }

    def to_json(self) -> str:
        """The profile as one strict JSON document; see ``docs/reference/stored-format.md``."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Profile:
        """The profile that `to_json` of this or an earlier version wrote.

        Raises
        ------
        SourceError
            If ``text`` is not the JSON of a profile, or was written by a later version.
        """
        try:
            return cls.from_dict(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, SourceError):
                raise
            raise SourceError(
                f"this is not the JSON of a profile: {type(error).__name__}: {error}",
                "write it with `mlsnap profile PATH --json`, or with profile.to_json()",
            ) from error

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Profile:
        """The profile that `to_dict` made ``stored`` of; `SourceError` if that is of the future."""
        if stored.get("format", FORMAT) > FORMAT:
            raise SourceError(
                f"the profile has format version {stored['format']}, this mlsnap reads up to "
                f"{FORMAT}",
                "upgrade mlsnap",
            )
        return cls(
            columns=tuple(ColumnProfile.from_dict(each) for each in stored["columns"]),
            row_count=stored["row_count"],
            digest=stored["digest"],
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.digest)
