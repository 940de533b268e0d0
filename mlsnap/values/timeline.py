"""A series of snapshots with what charts show of their drift, small enough to store with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Values = Sequence[float | None]

FORMAT = 1
"""Version of a stored `DriftRecord`."""

_DIGITS = 6
"""Significant digits of a stored value."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What charts show of a difference: a few numbers of each compared column.

    Attributes
    ----------
    reference
        What the snapshot was compared with.
    columns
        Names of the compared columns, retyped ones included; all lists of values have their order.
    types
        The kind of each.
    drifted
        Whether each drifted, see `ColumnDifference.drifted`.
    changes
        How much each changed, 0-1, to rank it by; see `mlsnap.report.ranking.change`.
    values, usual
        By the name of a measure (`mlsnap.report.traces.MEASURES`): what it is in each column, and
        what it should not exceed there; ``None`` where that is not known. Measures that are known
        in no column are left out.
    added, removed, retyped
        Names of such columns.
    reordered
        The columns that both sides have stand in another order.
    identical
        Both sides have the same rows, in the same order.
    has_bounds
        Of some column only bounds of the distance that tells most are known.
    """

    reference: str
    columns: Sequence[str] = ()
    types: Sequence[str] = ()
    drifted: Sequence[bool] = ()
    changes: Sequence[float] = ()
    values: dict[str, Values] = field(default_factory=dict)
    usual: dict[str, Values] = field(default_factory=dict)
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    retyped: Sequence[str] = ()
    reordered: bool = False
    identical: bool = False
    has_bounds: bool = False

    @property
    def drifted_count(self) -> int:
        """How many columns drifted."""
        return sum(self.drifted)

    @property
    def drifted_share(self) -> float | None:
        """How many of the compared columns drifted, 0-1; ``None`` where none was compared."""
        return self.drifted_count / len(self.drifted) if self.drifted else None

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values; a list of one value stands for all being equal."""
        return {
            "columns": list(self.columns),
            "types": _short(self.types),
            "drifted": _short([int(each) for each in self.drifted]),
            "changes": _short(_rounded(self.changes)),
            "values": {name: _short(_rounded(line)) for name, line in self.values.items()},
            "usual": {name: _short(_rounded(line)) for name, line in self.usual.items()},
            **{name: list(getattr(self, name)) for name in _CHANGED},
            **{name: getattr(self, name) for name in _FLAGS},
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any], *, reference: str) -> Trace:
        """The trace that `to_dict` made ``stored`` of."""
        columns = stored["columns"]
        count = len(columns)
        return cls(
            reference=reference,
            columns=columns,
            types=_full(stored["types"], count),
            drifted=_full(stored["drifted"], count),
            changes=_full(stored["changes"], count),
            values={name: _full(line, count) for name, line in stored["values"].items()},
            usual={name: _full(line, count) for name, line in stored["usual"].items()},
            **{name: stored[name] for name in (*_CHANGED, *_FLAGS)},
        )


_CHANGED = ("added", "removed", "retyped")
_FLAGS = ("reordered", "identical", "has_bounds")


def _rounded(values: Values) -> Values:
    return [None if each is None else float(f"{each:.{_DIGITS}g}") for each in values]


def _short(values: Sequence[Any]) -> list[Any]:
    return list(values[:1]) if len(set(values)) == 1 else list(values)


def _full(values: list[Any], count: int) -> list[Any]:
    return values * count if len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class DriftRecord:
    """How a snapshot drifted against the one before, as it is stored with it.

    Attributes
    ----------
    reference, number, digest
        Of the snapshot before: the ready one with the highest number when this one was made.
    trace
        What differs; ``None`` where that could not be told.
    problem
        Why it could not.
    """

    reference: str
    number: int
    digest: str
    trace: Trace | None = None
    problem: str | None = None

    @property
    def drifted_share(self) -> float | None:
        """See `Trace.drifted_share`."""
        return self.trace.drifted_share if self.trace else None

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        return {
            "format": FORMAT,
            "reference": self.reference,
            "number": self.number,
            "digest": self.digest,
            "trace": self.trace.to_dict() if self.trace else None,
            "problem": self.problem,
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> DriftRecord:
        """The record that `to_dict` made ``stored`` of."""
        before = stored["reference"], stored["number"], stored["digest"]
        if stored["format"] > FORMAT:
            problem = f"stored in format {stored['format']}, this mlsnap reads up to {FORMAT}"
            return cls(*before, problem=problem)
        trace = stored["trace"]
        return cls(
            *before,
            trace=Trace.from_dict(trace, reference=before[0]) if trace else None,
            problem=stored["problem"],
        )


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One snapshot of a series.

    Attributes
    ----------
    number, name, rows, at
        As in `mlsnap.values.drift.DriftStep`.
    trace
        How it drifted; ``None`` where it was compared with nothing, or that is not known.
    problem
        Why it is not known, as a sentence.
    """

    number: int
    name: str
    rows: int
    at: datetime | None
    trace: Trace | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A series of snapshots with what charts show of their drift.

    Attributes
    ----------
    title
        What the series is of.
    against
        ``"first"``, ``"previous"``, or the name of a baseline.
    steps
        In order.
    left_out
        What is not shown, in sentences.
    """

    title: str
    against: str
    steps: tuple[TimelineStep, ...]
    left_out: tuple[str, ...] = ()

    @property
    def has_bounds(self) -> bool:
        """Whether anywhere only bounds of the distance that tells most are known."""
        return any(step.trace.has_bounds for step in self.steps if step.trace)

    def __iter__(self) -> Iterator[TimelineStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class TimelinePoint:
    """A snapshot in the time line of its dataset.

    ``at`` is when it was created; ``drifted`` is the share 0-1 of the compared columns that drifted
    since the snapshot before; ``None`` where a number is not known.
    """

    number: int
    at: datetime
    rows: float | None = None
    percent_missing: float | None = None
    drifted: float | None = None
