"""The outcome of making a run again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mlsnap.values.scalars import encoded
from mlsnap.values.shown import Shown


class Verdict(StrEnum):
    """How two outcomes relate: the same bits, within the tolerance, neither, or none."""

    IDENTICAL = "identical"
    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MetricPair:
    """The last value of a metric in both runs; ``None`` where a run has none."""

    name: str
    original: float | None
    reproduced: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """Data that a rerun needs: what, where from, bytes to fetch, and why it cannot be had."""

    context: str
    reference: str
    origin: str
    size: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Plan(Shown):
    """What a rerun will do. ``missing`` says what stands in its way; empty if nothing does."""

    run_id: str
    run_name: str
    functions: tuple[str, ...]
    code: str
    patched: bool
    left_out: tuple[str, ...]
    inputs: tuple[PlannedInput, ...]
    environment: tuple[str, ...]
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True, repr=False)
class Reproduction(Shown):
    """What came of a rerun.

    Attributes
    ----------
    verdict
        Of all metrics together.
    run_id
        The new run.
    factors
        What is known to differ between the runs: sentences that begin with data,
        arguments, code, environment or randomness.
    error
        What the training raised, for the verdict failed.
    """

    verdict: Verdict
    original_run_id: str
    run_id: str
    metrics: tuple[MetricPair, ...]
    factors: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields
