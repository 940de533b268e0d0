"""What came of holding differences against limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlsnap.errors import LimitExceededError
from mlsnap.values.scalars import encoded
from mlsnap.values.shown import Shown

_NAMED = 3
"""Exceeded limits that an error names."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """One value that is beyond a limit, or cannot be held against it.

    Attributes
    ----------
    limit
        As it was written.
    measure
        What is beyond: a name of `ColumnDifference.measures` or `Difference.measures`.
    column
        Where; ``None``: of the table.
    value
        In the units of the measure, infinite where the reference is nothing to measure by;
        ``None`` where ``remark`` says why there is none.
    bound
        What it may be at most (at least, where the limit says ``<``).
    remark
        What else there is to know.
    step
        Of a drift, the name of the step.
    """

    limit: str
    measure: str
    column: str | None = None
    value: float | None = None
    bound: float | None = None
    remark: str | None = None
    step: str | None = None

    def __str__(self) -> str:
        where = f"{self.column}.{self.measure}" if self.column is not None else self.measure
        value = "" if self.value is None else f" is {self.value:.6g}"
        remark = f" ({self.remark})" if self.remark else ""
        step = f" in {self.step}" if self.step else ""
        limit = f", limit {self.limit}" if self.limit != self.measure else ""
        return f"{where}{value}{remark}{step}{limit}"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A limit that cannot be held against a column, without anything being wrong with that."""

    limit: str
    measure: str
    column: str
    remark: str
    step: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Check(Shown):
    """What came of holding differences against limits; true where all were kept.

    Attributes
    ----------
    limits
        As they were written.
    exceeded
        In the order of the steps of a drift, then of the limits.
    undecided
        Where a limit says nothing: the column is new or was excluded, or only bounds of its
        distance are known and the limit lies between them.
    compared
        How many differences were looked at: 1, or the steps of a drift that have one.
    """

    limits: tuple[str, ...]
    exceeded: tuple[Exceeded, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    compared: int = 1

    @property
    def passed(self) -> bool:
        """Whether no limit is exceeded."""
        return not self.exceeded

    def __bool__(self) -> bool:
        return self.passed

    def require(self) -> None:
        """Go on only if all limits were kept.

        Raises
        ------
        LimitExceededError
            If one was not; it names the first of them.
        """
        if self.passed:
            return
        named = "; ".join(map(str, self.exceeded[:_NAMED]))
        more = len(self.exceeded) - _NAMED
        raise LimitExceededError(
            f"limits are exceeded in {len(self.exceeded)} "
            f"place{'s' * (len(self.exceeded) != 1)}: {named}"
            + (f"; and {more} more" if more > 0 else ""),
            "print the check for all of them; if the change is meant, raise the limit "
            "or compare with a newer reference",
        )

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values, and ``passed``."""
        return {"passed": self.passed, **encoded(self)}
