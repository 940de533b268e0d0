"""Making a run again: how it is asked for, what it takes, and the outcome."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
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


class Place(StrEnum):
    """Where the environment of a rerun comes from.

    ``AUTO`` is the current one where it is as recorded, else ``ISOLATED``: one built from the
    record.
    """

    AUTO = "auto"
    ISOLATED = "isolated"
    CURRENT = "current"


class Source(StrEnum):
    """Whether code or data are those that the run recorded, or those that are here now."""

    RECORDED = "recorded"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run is made again.

    ``params`` are values, as texts, for arguments of the recorded call. A run made with any, or
    with code or data as they are now, is a what-if, no reproduction.
    """

    env: Place = Place.AUTO
    code: Source = Source.RECORDED
    data: Source = Source.RECORDED
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Within which numbers are equivalent: ``|a - b| <= max(rtol * max(|a|, |b|), atol)``.

    Attributes
    ----------
    metrics
        Metrics with an ``rtol`` of their own, by name.
    ignored
        Patterns, as of `fnmatch`, of names of metrics, params and artifacts that are not judged.
    """

    rtol: float = 1e-9
    atol: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing that both runs have, or one of them has: a metric, param, artifact, prediction.

    Attributes
    ----------
    original, reproduced
        The last value of a metric, the text of a param, the SHA-256 of an artifact or of what a
        model predicts; ``None`` where a run has none.
    verdict
        ``None`` if it is not judged; ``note`` says why.
    note
        What the two values do not tell, such as the step at which two histories part.
    """

    name: str
    original: Any
    reproduced: Any
    verdict: Verdict | None
    note: str | None = None


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
    """What a rerun will do. ``missing`` says what stands in its way; empty if nothing does.

    Attributes
    ----------
    place
        Which environment it will run in, a sentence.
    environment
        How that differs from the recorded one, a line each.
    params
        What is not as the run recorded it, a line each; the rerun is a what-if then.
    warnings
        What the user should know before agreeing, a sentence each.
    """

    run_id: str
    run_name: str
    functions: tuple[str, ...]
    code: str
    patched: bool
    left_out: tuple[str, ...]
    inputs: tuple[PlannedInput, ...]
    environment: tuple[str, ...]
    missing: tuple[str, ...]
    place: str = ""
    params: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Trial:
    """One more rerun, made to explain a difference: with what was reset, and what came of it."""

    reset: str
    run_id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, repr=False)
class Reproduction(Shown):
    """What came of a rerun.

    Attributes
    ----------
    verdict
        The worst of everything that was judged.
    run_id
        The new run.
    factors
        What is known to differ between the runs, the likeliest cause first: sentences that begin
        with data, arguments, code, environment, hardware, threads or randomness.
    error
        What the training raised, for the verdict failed.
    what_if
        What was not as the run recorded it, a line each: arguments that were given another value,
        code or data as they are now. Empty for a true reproduction.
    trials
        Further reruns, if an explanation was asked for; ``conclusion`` says what they show.
    """

    verdict: Verdict
    original_run_id: str
    run_id: str
    metrics: tuple[Pair, ...]
    factors: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str | None = None
    params: tuple[Pair, ...] = ()
    predictions: tuple[Pair, ...] = ()
    artifacts: tuple[Pair, ...] = ()
    what_if: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    conclusion: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of many runs: what came of making it again, or why that could not be done."""

    run_id: str
    run_name: str
    reproduction: Reproduction | None
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        fields: dict[str, Any] = encoded(self)
        return fields
