"""What two runs logged side by side: in full what differs, of many alike ones how many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlsnap.report.cells import printable, shortened
from mlsnap.values.reproduction import Pair, Reproduction, Verdict

MOST = 12
"""Pairs of a kind that are shown in full, if not all differ."""

MOST_DIFFERING = 200

_LENGTH = 60
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ORDER = (Verdict.FAILED, Verdict.DIFFERENT, Verdict.EQUIVALENT, None, Verdict.IDENTICAL)


@dataclass(frozen=True, slots=True)
class PairKind:
    """A kind of pairs: the field of a report, and what it is called."""

    field: str
    noun: str
    title: str


KINDS = (
    PairKind("metrics", "metric", "Metrics"),
    PairKind("predictions", "model", "Predictions"),
    PairKind("params", "param", "Params"),
    PairKind("artifacts", "artifact", "Artifacts"),
)


def pairs_of(report: Reproduction, kind: PairKind) -> tuple[Pair, ...]:
    """The pairs of a kind."""
    found: tuple[Pair, ...] = getattr(report, kind.field)
    return found


def worst_first(pairs: Sequence[Pair]) -> list[Pair]:
    """By verdict, then as they were."""
    return sorted(pairs, key=lambda each: _ORDER.index(each.verdict))


def shown(pairs: Sequence[Pair]) -> list[Pair]:
    """Those to show one by one: all of a few; of many, those that are not identical."""
    if len(pairs) <= MOST:
        return list(pairs)
    telling = [each for each in pairs if each.verdict is not Verdict.IDENTICAL]
    return worst_first(telling)[:MOST_DIFFERING]


def left_out(kind: PairKind, pairs: Sequence[Pair]) -> list[str]:
    """A line that counts what `shown` leaves out, if it does."""
    listed = shown(pairs)
    if len(listed) == len(pairs):
        return []
    hidden = [each for each in pairs if each not in listed]
    return [f"and {counts_text(kind, hidden)}"]


def counts_text(kind: PairKind, pairs: Sequence[Pair]) -> str:
    """How many pairs came out how: ``12 metrics identical, 1 different``."""
    counts = Counter(str(each.verdict or "not judged") for each in worst_first(pairs))
    (first, *rest) = [*counts.items()] or [("", 0)]
    if not first[1]:
        return ""
    noun = kind.noun if first[1] == 1 else f"{kind.noun}s"
    return ", ".join([f"{first[1]:,} {noun} {first[0]}", *(f"{n:,} {each}" for each, n in rest)])


def all_identical(pairs: Sequence[Pair]) -> bool:
    """Whether no pair is anything else."""
    return all(each.verdict is Verdict.IDENTICAL for each in pairs)


def exactly(value: Any) -> str:
    """A number to its last bit; a digest by its first digits; any other text, cut if long."""
    if value is None:
        return "none"
    if isinstance(value, str):
        text = value[:12] + "…" if _DIGEST.fullmatch(value) else value
        return printable(shortened(text, _LENGTH)) or "''"
    return repr(value)
