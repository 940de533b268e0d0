"""How a table drifted over several snapshots of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from mlsnap.errors import NotFoundError, near
from mlsnap.values.checks import Check
from mlsnap.values.difference import ColumnDifference, Difference, Percent
from mlsnap.values.judging import check
from mlsnap.values.limits import ALARMS, DEFAULT_LIMITS
from mlsnap.values.scalars import encoded
from mlsnap.values.shown import Shown

MEASURES = (*ALARMS, "wasserstein_normalised", "energy_normalised")
"""What tells how far a column drifted, the first that it has; shares of rows come first."""


@dataclass(frozen=True, slots=True)
class DriftStep:
    """One snapshot of the series and what differs in it from the one it is measured against.

    Attributes
    ----------
    number
        The snapshot's number in its dataset, else its place in the series, from 1.
    name
        Its reference, and the run's where the series is one of runs.
    at
        When the snapshot was created, or the run began; ``None`` where that is not known.
    run_id
        The training run, where the series is one of runs.
    difference
        This one (current) against the first, the previous or the baseline (reference); ``None``
        for the first where there is nothing before it.
    """

    number: int
    name: str
    rows: int
    at: datetime | None
    run_id: str | None
    difference: Difference | None

    @property
    def compared(self) -> dict[str, ColumnDifference]:
        """What differs in each compared column, retyped ones included, by name."""
        return {} if self.difference is None else self.difference.compared


@dataclass(frozen=True)
class ColumnDrift:
    """One column in every step of a series.

    Attributes
    ----------
    differences
        What differs in it, step by step; ``None`` where it was not compared.
    """

    name: str
    differences: tuple[ColumnDifference | None, ...]

    @property
    def type(self) -> str | None:
        """Its kind at the last step that compares it."""
        return next((each.type for each in reversed(self.differences) if each), None)

    @cached_property
    def drifted(self) -> int:
        """At how many steps it drifted, see `ColumnDifference.drifted`."""
        return sum(bool(each.drifted) for each in self.differences if each)

    @property
    def measure(self) -> str:
        """The first of `MEASURES` that is known in any step."""
        rows = self._measures
        known = {name for row in rows for name in MEASURES if row.get(name) is not None}
        return next((name for name in MEASURES if name in known), ALARMS[-1])

    def series(self, measure: str | None = None) -> list[float | None]:
        """A measure step by step, see `Drift.series`."""
        rows = self._measures
        known = dict.fromkeys(name for row in rows for name in row)
        if measure is not None and known and measure not in known:
            raise NotFoundError(
                f"no measure {measure!r} of column {self.name!r}{near(str(measure), known)}",
                f"it has {', '.join(known)}",
            )
        shown = measure or self.measure
        return [_number(row.get(shown)) for row in rows]

    @cached_property
    def _measures(self) -> list[dict[str, Percent]]:
        """All measures step by step; none where it was not compared."""
        return [each.measures() if each else {} for each in self.differences]


@dataclass(frozen=True, slots=True, repr=False)
class Drift(Shown):
    """A series of snapshots, each compared with another one.

    Attributes
    ----------
    title
        What the series is of: a dataset, an experiment, runs.
    against
        ``"first"``, ``"previous"``, or the name of the baseline.
    steps
        In order.
    dataset
        The name of the dataset, where the series is one of its snapshots.
    left_out
        What was looked at and is no step, in sentences.
    """

    title: str
    against: str
    steps: tuple[DriftStep, ...]
    dataset: str | None = None
    left_out: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[DriftStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, column: str) -> ColumnDrift:
        """The column ``column`` in every step; `NotFoundError` where no step knows it."""
        known = self.by_column()
        if column not in known:
            raise NotFoundError(
                f"no step compares a column {column!r}{near(str(column), known)}",
                "list the columns with `drift.columns`",
            )
        return known[column]

    @property
    def columns(self) -> list[str]:
        """Names of all columns that any step knows but the excluded ones, as they came up."""
        found = [step.difference for step in self.steps if step.difference is not None]
        return list(dict.fromkeys(name for each in found for name in _names(each)))

    @property
    def limits(self) -> tuple[str, ...]:
        """Those of the project, which `check` holds the steps against if not told."""
        found = (step.difference for step in self.steps if step.difference is not None)
        return next((each.limits for each in found), ())

    def by_column(self) -> dict[str, ColumnDrift]:
        """Each of the `columns` in every step."""
        rows = [step.compared for step in self.steps]
        return {
            name: ColumnDrift(name, tuple(row.get(name) for row in rows)) for name in self.columns
        }

    def series(self, column: str, measure: str | None = None) -> list[float | None]:
        """A measure of a column, step by step; ``None`` where there is none.

        Parameters
        ----------
        column
            The name of a column that any step knows.
        measure
            As in ``difference.to_pandas()`` (``"energy"``, ``"percent_missing"``, …); by default
            `ColumnDrift.measure`: the Kolmogorov-Smirnov distance, or the total variation where
            nothing orders the values.

        Raises
        ------
        NotFoundError
            If no step knows the column, or none of its differences the measure.
        """
        return self[column].series(measure)

    def check(self, *limits: str) -> Check:
        """Hold the difference of each step against limits, see `Difference.check`.

        Steps without a difference are passed over; where none has one, all limits are kept.
        """
        compared = [
            (each.name, each.difference) for each in self.steps if each.difference is not None
        ]
        return check(compared, limits or self.limits or DEFAULT_LIMITS)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields


def _names(difference: Difference) -> list[str]:
    compared = [each.name for each in difference.columns]
    retyped = [each.name for each in difference.retyped]
    return [*compared, *retyped, *difference.removed, *difference.added]


def _number(value: Percent) -> float | None:
    return None if isinstance(value, str) else value
