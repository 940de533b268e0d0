"""The profile of one column: what its values looked like."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mlsnap.errors import NotFoundError
from mlsnap.values.scalars import Scalar, encoded, from_json
from mlsnap.values.shown import Shown

QUANTILES: dict[str, float] = {
    "0.1%": 0.001,
    "1%": 0.01,
    "5%": 0.05,
    "25%": 0.25,
    "50%": 0.5,
    "75%": 0.75,
    "95%": 0.95,
    "99%": 0.99,
    "99.9%": 0.999,
}
"""The stored quantiles, by the name they have in tables."""


class Kind(StrEnum):
    """What a column holds."""

    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    STRING = "STRING"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    NULL = "NULL"
    LIST = "LIST"
    DATAROW = "DATAROW"
    BINARY = "BINARY"
    UNKNOWN = "UNKNOWN"
    MIXED = "MIXED"


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value and the number of rows that hold it."""

    value: Scalar
    count: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of a column's texts in characters (of binary values: in bytes)."""

    min: int
    max: int
    mean: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Row counts in equally wide bins, for drawing; one edge more than there are counts."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """The empirical CDF of a column, for comparing.

    Exact at ``points``; between two of them the number of rows and their mean are known.
    Numbers as they are, dates in seconds (instants since 1970, times since midnight), booleans
    as 0 and 1. Rows that are null, NaN or infinite are left out.

    Attributes
    ----------
    points
        Strictly increasing values; the first is the minimum and the last the maximum.
    at
        Rows equal to each point.
    between
        Rows strictly between each point and the next; one entry fewer than ``points``.
    means
        Mean of those rows; ``nan`` where there are none.
    """

    points: tuple[float, ...]
    at: tuple[int, ...]
    between: tuple[int, ...]
    means: tuple[float, ...]

    @property
    def count(self) -> int:
        """Rows in the distribution."""
        return sum(self.at) + sum(self.between)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ColumnProfile(Shown):
    """Statistics of one column. What is not defined for its kind is ``None``.

    ``quantiles``, ``min`` and ``max`` of dates are date values; microseconds are the finest unit
    they show. ``whisker_low`` and ``whisker_high`` are the extreme values within 1.5
    interquartile ranges of the quartiles (Tukey 1977). ``rank_error`` is 0 where quantiles are
    exact; where the column did not fit into the memory budget, the largest possible distance of
    a quantile's rank from the right one, a fraction 0-1 of the rows.
    """

    name: str
    type: Kind
    arrow_type: str
    count: int
    missing_count: int
    error_count: int = 0
    empty_count: int = 0
    min: Scalar = None
    max: Scalar = None
    quantiles: tuple[Scalar, ...] | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    variance: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    nan_count: int = 0
    infinity_count: int = 0
    zero_count: int | None = None
    negative_count: int | None = None
    distinct_count: int | None = None
    distinct_exact: bool = True
    rank_error: float = 0.0
    most_common: tuple[ValueCount, ...] = ()
    lengths: Lengths | None = None
    whisker_low: Scalar = None
    whisker_high: Scalar = None
    histogram: Histogram | None = None
    distribution: Distribution | None = None
    type_counts: tuple[ValueCount, ...] = ()
    semantic_types: tuple[ValueCount, ...] = ()

    @property
    def not_missing_count(self) -> int:
        """Rows that hold a value (errors included in the missing ones)."""
        return self.count - self.missing_count

    @property
    def percent_missing(self) -> float:
        """Share of missing rows, a fraction 0-1; 0 for a table without rows."""
        return self.missing_count / self.count if self.count else 0.0

    @property
    def percent_not_finite(self) -> float:
        """Share of rows that are NaN or infinite, a fraction 0-1; 0 for a table without rows."""
        return (self.nan_count + self.infinity_count) / self.count if self.count else 0.0

    def quantile(self, name: str) -> Scalar:
        """The quantile with a name of `QUANTILES` (``"50%"``); ``None`` where not defined."""
        if name not in QUANTILES:
            raise NotFoundError(
                f"no quantile {name!r} in a profile", f"it has {', '.join(QUANTILES)}"
            )
        return self.quantiles[list(QUANTILES).index(name)] if self.quantiles else None

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values, those with nothing to say left out."""
        return {
            f.name: encoded(value)
            for f in dataclasses.fields(self)
            if (value := getattr(self, f.name)) is not None and value != ()
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> ColumnProfile:
        """The profile that `to_dict` made ``stored`` of; unknown fields are passed over."""
        fields = {key: from_json(value) for key, value in stored.items() if key in _plain()}
        nested = {key: decode(stored[key]) for key, decode in _NESTED.items() if key in stored}
        return cls(**fields, **nested)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColumnProfile) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.name, self.arrow_type, self.count, self.missing_count))


@functools.cache
def _plain() -> frozenset[str]:
    """The fields that hold one value."""
    return frozenset(f.name for f in dataclasses.fields(ColumnProfile)) - set(_NESTED)


def _floats(stored: list[Any]) -> tuple[float, ...]:
    try:
        return tuple(map(float, stored))
    except TypeError:  # some are not finite, which JSON has no number for
        return tuple(float(x["float"] if type(x) is dict else x) for x in stored)


def _value_counts(stored: list[Any]) -> tuple[ValueCount, ...]:
    return tuple(ValueCount(from_json(each["value"]), each["count"]) for each in stored)


_NESTED: dict[str, Any] = {
    "type": Kind,
    "quantiles": lambda stored: tuple(from_json(each) for each in stored),
    "most_common": _value_counts,
    "type_counts": _value_counts,
    "semantic_types": _value_counts,
    "lengths": lambda stored: Lengths(**stored),
    "histogram": lambda stored: Histogram(_floats(stored["edges"]), tuple(stored["counts"])),
    "distribution": lambda stored: Distribution(
        points=_floats(stored["points"]),
        at=tuple(stored["at"]),
        between=tuple(stored["between"]),
        means=_floats(stored["means"]),
    ),
}
