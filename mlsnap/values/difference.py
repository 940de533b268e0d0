"""What differs between two profiles. Every difference is current - reference."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlsnap.errors import NotFoundError, near
from mlsnap.values.scalars import Scalar, encoded
from mlsnap.values.shown import Shown

NO_BASE = "no base"
"""Stands for a percentage whose reference is 0."""

Percent = float | str | None
"""A change in percent of the reference, `NO_BASE`, or ``None`` where not defined."""


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance between two distributions, or why there is none.

    ``normalised`` is the raw distance divided by the reference's standard deviation (for the
    energy distance by its square root), a number without a unit by which columns can be ranked;
    ``None`` where that is 0 or unknown.
    """

    value: float | None
    normalised: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """Differences in the moments; ``None`` where a side has none."""

    mean: float | None = None
    standard_deviation: float | None = None
    variance: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None


@dataclass(frozen=True, slots=True)
class ValueCountDifference:
    """How the count of one common value changed."""

    value: Scalar
    reference: int | None
    current: int | None
    percent: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDifference:
    """What differs in one column that both sides have with the same type.

    ``min``, ``max``, ``median`` and ``quantiles`` of dates differ by seconds. The differences of
    ``percent_missing`` and the like are between fractions; ``*_in_percent`` are relative changes.
    """

    name: str
    type: str
    count_in_percent: Percent = None
    missing_in_percent: Percent = None
    not_missing_in_percent: Percent = None
    error_in_percent: Percent = None
    empty_in_percent: Percent = None
    percent_missing: float = 0.0
    min: float | None = None
    max: float | None = None
    median: float | None = None
    quantiles: tuple[float, ...] | None = None
    moments: Moments = Moments()
    value_counts: tuple[ValueCountDifference, ...] = ()
    distances: dict[str, Distance] = dataclasses.field(default_factory=dict)

    def __getattr__(self, name: str) -> float | None:
        """``difference["Ward"].wasserstein`` and ``….wasserstein_normalised``."""
        if name.startswith("_"):
            raise AttributeError(name)
        distance = self.distances.get(name.removesuffix("_normalised"))
        if distance is None:
            raise AttributeError(f"no {name!r} in the difference of column {self.name!r}")
        return distance.normalised if name.endswith("_normalised") else distance.value

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose type is another one."""

    name: str
    reference: str
    current: str


@dataclass(frozen=True, slots=True, repr=False)
class Difference(Shown):
    """What differs between a reference and a current profile.

    Attributes
    ----------
    identical
        Both sides have the same digest: the same rows, in the same order.
    columns
        The columns that both sides have with the same kind, in the reference's order.
    added, removed, retyped, excluded
        The others, each in one list only.
    """

    reference: str
    current: str
    reference_rows: int
    current_rows: int
    identical: bool
    columns: tuple[ColumnDifference, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[Retyped, ...] = ()
    excluded: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> ColumnDifference:
        """The difference of the column ``name``; `NotFoundError` where it was not compared."""
        for column in self.columns:
            if column.name == name:
                return column
        raise NotFoundError(
            f"column {name!r} was not compared{near(str(name), (c.name for c in self.columns))}",
            "added, removed, retyped and excluded columns have no difference",
        )

    def __iter__(self) -> Iterator[ColumnDifference]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields
