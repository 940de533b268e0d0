"""What differs between two profiles. Every difference is current - reference."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlsnap.errors import NotFoundError, near
from mlsnap.values.checks import Check
from mlsnap.values.column import QUANTILES
from mlsnap.values.judging import check
from mlsnap.values.limits import ALARMS, DEFAULT_LIMITS
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
    ``None`` where that is 0 or unknown, or the raw distance has no unit.

    Where the profiles do not tell the distance but bounds of it, ``value`` is ``None``, ``reason``
    says why, and the distance lies from ``lower`` to ``upper`` (``None``: it may be infinite).
    """

    value: float | None
    normalised: float | None = None
    reason: str | None = None
    lower: float | None = None
    upper: float | None = None

    @property
    def least(self) -> float | None:
        """The distance, or the least that it can be; ``None`` where it is not defined."""
        return self.lower if self.value is None else self.value


NORMALISED = frozenset({"wasserstein", "energy", "chi_squared"})
"""Distances that have a `Distance.normalised`."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Differences in the moments; ``None`` where a side has none."""

    mean: float | None = None
    standard_deviation: float | None = None
    variance: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None


class ValueCountDifference(NamedTuple):
    """How the count of one common value changed; there are many of them."""

    value: Scalar
    reference: int | None
    current: int | None
    percent: Percent


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a column looked like on both sides, for drawing.

    Attributes
    ----------
    labels
        Where values have an order, the edges of n equally wide bins, n + 1 values of the column's
        own type; the first and the last bin also hold what lies beyond. Elsewhere, and of
        booleans, n values; one that a side has not stored has a share of 0 there.
    reference, current
        Shares 0-1 of the rows that hold a value, n of each side.
    """

    labels: tuple[Scalar, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDifference:
    """What differs in one column that both sides have.

    ``min``, ``max``, ``median`` and ``quantiles`` of dates differ by seconds. The differences of
    ``percent_missing`` and ``percent_not_finite`` (NaN and infinite) are between fractions;
    ``*_in_percent`` are relative changes.
    ``arrow_types`` are those of the two sides where they differ. ``usual`` holds, by name of a
    measure, what it should not exceed between tables that are alike, see `mlsnap.comparing.usual`.
    """

    name: str
    type: str
    count_in_percent: Percent = None
    missing_in_percent: Percent = None
    not_missing_in_percent: Percent = None
    error_in_percent: Percent = None
    empty_in_percent: Percent = None
    percent_missing: float = 0.0
    percent_not_finite: float = 0.0
    min: float | None = None
    max: float | None = None
    median: float | None = None
    quantiles: tuple[float, ...] | None = None
    moments: Moments = Moments()
    value_counts: tuple[ValueCountDifference, ...] = ()
    distances: dict[str, Distance] = dataclasses.field(default_factory=dict)
    arrow_types: tuple[str, str] | None = None
    shapes: Shapes | None = None
    usual: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def drifted(self) -> tuple[str, ...]:
        """The measures that exceed what is usual between tables that are alike."""
        return tuple(name for name, most in self.usual.items() if self._measured(name) > most)

    @property
    def telling(self) -> str | None:
        """The distance that tells most of the column: the first of `ALARMS` that is known."""
        known = (name for name in ALARMS if self.least(name) is not None)
        return next(known, None)

    def least(self, distance: str) -> float | None:
        """The `Distance.least` of that name; ``None`` also where it was not computed."""
        found = self.distances.get(distance)
        return None if found is None else found.least

    def _measured(self, name: str) -> float:
        """The absolute value of an alarm's measure; a distance known by bounds is its lower one."""
        if name in self.distances:
            return self.least(name) or 0.0
        return abs(float(getattr(self, name, None) or 0.0))

    def __getattr__(self, name: str) -> float | None:
        """``difference["Ward"].wasserstein`` and ``….wasserstein_normalised``."""
        if name.startswith("_"):
            raise AttributeError(name)
        distance = self.distances.get(name.removesuffix("_normalised"))
        if distance is None:
            raise AttributeError(f"no {name!r} in the difference of column {self.name!r}")
        return distance.normalised if name.endswith("_normalised") else distance.value

    def measures(self) -> dict[str, Percent]:
        """All differences that are one number, by the names of ``difference.to_pandas()``.

        Distances come last, each followed by ``<name>_normalised`` where it has that form;
        ``None`` where not defined.
        """
        fields = ("percent_missing", "percent_not_finite", "min", "max", "median")
        return {
            **{name: getattr(self, name) for name in (*_PERCENTS, *fields)},
            **dict(zip(QUANTILES, self.quantiles or (None,) * len(QUANTILES), strict=True)),
            **{each.name: getattr(self.moments, each.name) for each in _MOMENTS},
            **self._distances(),
        }

    def _distances(self) -> dict[str, Percent]:
        found: dict[str, Percent] = {}
        for name, distance in self.distances.items():
            found[name] = distance.value
            if name in NORMALISED:
                found[f"{name}_normalised"] = distance.normalised
        return found

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields


_PERCENTS = tuple(
    each.name for each in dataclasses.fields(ColumnDifference) if each.name.endswith("_in_percent")
)
_MOMENTS = dataclasses.fields(Moments)


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose type is another one, and what differs in it all the same."""

    name: str
    reference: str
    current: str
    difference: ColumnDifference | None = None


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
    reordered
        The columns that both sides have stand in another order.
    limits
        Those of the project, which `check` holds it against if not told.
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
    reordered: bool = False
    limits: tuple[str, ...] = dataclasses.field(
        default=(), compare=False, metadata={"encoded": False}
    )

    def __getitem__(self, name: str) -> ColumnDifference:
        """The difference of the column ``name``; `NotFoundError` where it was not compared."""
        known = self.compared
        if name not in known:
            raise NotFoundError(
                f"column {name!r} was not compared{near(str(name), known)}",
                "added, removed and excluded columns have no difference",
            )
        return known[name]

    def __iter__(self) -> Iterator[ColumnDifference]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def compared(self) -> dict[str, ColumnDifference]:
        """All columns that could be compared by name, the retyped ones last."""
        retyped = (each.difference for each in self.retyped if each.difference)
        return {each.name: each for each in (*self.columns, *retyped)}

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields

    def measures(self) -> dict[str, Percent]:
        """What differs in the table as a whole: its rows in percent, and counts of columns."""
        before, after = self.reference_rows, self.current_rows
        change = (after - before) / before * 100 if before else NO_BASE if after else 0.0
        return {
            "row_count_in_percent": change,
            "added": float(len(self.added)),
            "removed": float(len(self.removed)),
            "retyped": float(len(self.retyped)),
        }

    def check(self, *limits: str) -> Check:
        """Hold the difference against limits, such as those that a training must not begin beyond.

        Parameters
        ----------
        limits
            ``"schema"`` (a column was added, removed or retyped), ``"drift"`` (a column differs
            by more than alike tables do), or a measure and its bound: ``"mean>5"`` in any column,
            ``"age.percent_missing>0.02"`` in one, ``'"a.b".mean<-5'``, ``"abs(lat*.mean)>5"``,
            ``"row_count_in_percent<-10"`` of the table. Measures are those of
            `ColumnDifference.measures` and `measures`. If none are given those of the project
            (setting ``fail_on``), else ``"schema"`` and ``"drift"``.

        Raises
        ------
        ConfigError
            If a limit is not written as one.
        NotFoundError
            If there is no column or measure of that name.

        See Also
        --------
        mlsnap.values.judging.check : What happens where a limit cannot be judged.
        """
        return check([(None, self)], limits or self.limits or DEFAULT_LIMITS)
