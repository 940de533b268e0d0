"""Two columns to measure the distance of, and what several distances need of both."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import time, timedelta
from functools import cached_property

from mlsnap.comparing.binned import few_shares, tenths
from mlsnap.comparing.categories import Categories, categories_of, category_shares
from mlsnap.comparing.piecewise import Overlay, standard_deviation
from mlsnap.comparing.shares import Shares
from mlsnap.values.column import ColumnProfile, Distribution, Kind

_NAMES = {
    Kind.STRING: "text",
    Kind.BINARY: "bytes",
    Kind.LIST: "lists",
    Kind.DATAROW: "rows of several fields",
    Kind.MIXED: "values of several types",
    Kind.UNKNOWN: "values of an unknown type",
}
_NO_AXIS = {
    Kind.STRING: "text has no order to measure along",
    Kind.BINARY: "bytes have no order to measure along",
    Kind.LIST: "lists have no order to measure along",
    Kind.DATAROW: "rows of several fields have no order to measure along",
    Kind.MIXED: "values of several types have no common order",
    Kind.UNKNOWN: "values of an unknown type have no order to measure along",
    Kind.NULL: "a column of nulls has no values",
}
_COUNTED = (Kind.STRING, Kind.MIXED, Kind.BINARY)


class Pair:
    """The profiles of a reference and a current column; what is computed of both is kept.

    `overlay` and `deviation` are defined where `no_axis` is ``None``, `categories` where
    `no_classes` is.
    """

    def __init__(self, reference: ColumnProfile, current: ColumnProfile) -> None:
        self.reference = reference
        self.current = current

    @cached_property
    def no_axis(self) -> str | None:
        """Why the two have no common axis to measure along."""
        for column in (self.reference, self.current):
            if column.type in _NO_AXIS:
                return _NO_AXIS[column.type]
        first, second = _name(self.reference), _name(self.current)
        different = f"{first} and {second} share no scale" if first != second else None
        return self._without_values(_has_finite_values) or different

    @cached_property
    def overlay(self) -> Overlay:
        """The two CDFs."""
        return Overlay(_distribution(self.reference), _distribution(self.current))

    @cached_property
    def deviation(self) -> float:
        """The reference's standard deviation."""
        known = self.reference.standard_deviation
        if known is None or not math.isfinite(known):
            return standard_deviation(self.overlay.sides[0]) * self.overlay.unit
        return known

    @property
    def shares(self) -> Shares | str:
        """Shares of the rows by value or in ten bins of both sides, see `tenths`; or why not."""
        return self._shares[0]

    @property
    def reference_shares(self) -> Shares | str:
        """The same, but bins are the reference's deciles."""
        return self._shares[1]

    @cached_property
    def _shares(self) -> tuple[Shares | str, Shares | str]:
        if self.no_axis is None:
            few = few_shares(_distribution(self.reference), _distribution(self.current))
            return (few, few) if few else tenths(self.overlay)
        found = self.no_classes or category_shares(self.categories)
        return found, found

    @cached_property
    def categories(self) -> Categories:
        """The values stored on either side."""
        return categories_of(self.reference, self.current)

    @cached_property
    def no_classes(self) -> str | None:
        """Why the two have no common values to count."""
        sides = (self.reference, self.current)
        if any(column.type is Kind.NULL for column in sides):
            return _NO_AXIS[Kind.NULL]
        for column in sides:
            if column.type in _NAMES and not _counted(column):
                return f"{_NAMES[column.type]} are not counted by value"
        if not all(column.type in _COUNTED for column in sides):
            first, second = _name(self.reference), _name(self.current)
            return self.no_axis if first == second else f"{first} and {second} share no values"
        return self._without_values(lambda column: column.not_missing_count > 0)

    def _without_values(self, has_values: Callable[[ColumnProfile], bool]) -> str | None:
        if has_values(self.reference) and has_values(self.current):
            return None
        sides = {"reference": self.reference, "current": self.current}
        empty = {side: column for side, column in sides.items() if not has_values(column)}
        missing = not any(column.not_missing_count for column in empty.values())
        where = "either" if len(empty) == 2 else f"the {next(iter(empty))}"
        return f"no {'values' if missing else 'finite values'} on {where} side"


def _counted(column: ColumnProfile) -> bool:
    """Whether a profile of that kind tells how often each value occurs."""
    return column.type in _COUNTED and (column.type is not Kind.BINARY or bool(column.most_common))


def _name(column: ColumnProfile) -> str:
    """What the values are; those of one name can be compared."""
    match column.min:
        case _ if column.type in _NAMES:
            return _NAMES[column.type]
        case timedelta():
            return "durations"
        case time():
            return "times of day"
        case _ if column.type is Kind.DATE:
            return "instants"
        case _:
            return "numbers"


def _has_finite_values(column: ColumnProfile) -> bool:
    return column.distribution is not None and bool(column.distribution.points)


def _distribution(column: ColumnProfile) -> Distribution:
    assert column.distribution is not None
    return column.distribution
