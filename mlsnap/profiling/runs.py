"""Distinct values in ascending order, and how often each occurs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_LOOK = 1 << 12
"""Rows that tell whether it is worth while to look at all."""

_PIECE = 1 << 16
"""Rows that are counted together where there are many."""


class Runs(NamedTuple):
    """Strictly increasing ``values``, shape ``(k,)``, and their ``counts``."""

    values: NDArray[Any]
    counts: NDArray[np.int64]

    def of_count(self, least: int) -> Runs:
        """The values that occur so often at least."""
        often = self.counts >= least
        return Runs(self.values[often], self.counts[often])

    def pieces(self) -> Iterator[Runs]:
        """The same, some hundred thousand values at a time."""
        for start in range(0, len(self.values), _PIECE):
            part = slice(start, start + _PIECE)
            yield Runs(self.values[part], self.counts[part])


def runs_of(ordered: NDArray[Any]) -> Runs:
    """The runs of sorted rows."""
    if not len(ordered):
        return Runs(ordered, np.empty(0, np.int64))
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    counts = ends + 1
    counts[1:] -= counts[:-1].copy()
    return Runs(ordered[ends], counts)


def runs_by_piece(ordered: NDArray[Any]) -> Iterator[Runs]:
    """The same, some hundred thousand rows at a time, cut between values."""
    start = 0
    while start < len(ordered):
        last = ordered[min(start + _PIECE, len(ordered)) - 1]
        stop = int(ordered.searchsorted(last, "right"))
        yield runs_of(ordered[start:stop])
        start = stop


def sorted_runs(values: NDArray[Any], counts: NDArray[np.int64]) -> Runs:
    """Runs of ``values`` in any order, which may repeat, each with its part of the ``counts``."""
    order = np.argsort(values, kind="stable")
    values, counts = values[order], counts[order]
    if not len(values):
        return Runs(values, counts)
    starts = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1))
    return Runs(values[starts], np.add.reduceat(counts, starts))


def merged(runs: Sequence[Runs]) -> Runs:
    """The runs of all rows together; one at least."""
    if len(runs) == 1:
        return runs[0]
    return sorted_runs(
        np.concatenate([each.values for each in runs]),
        np.concatenate([each.counts for each in runs]),
    )


def sort(values: NDArray[Any]) -> None:
    """Sort in place, unless that is not needed."""
    if not (_ascends(values[:_LOOK]) and _ascends(values)):
        values.sort()


def _ascends(values: NDArray[Any]) -> bool:
    return bool((values[1:] >= values[:-1]).all())


def distinct_count_of(ordered: NDArray[Any]) -> int:
    """How many different values sorted rows have."""
    steps = (
        np.count_nonzero(
            ordered[start + 1 : start + _PIECE + 1]
            != ordered[start : min(start + _PIECE, len(ordered) - 1)]
        )
        for start in range(0, len(ordered) - 1, _PIECE)
    )
    return int(sum(steps)) + bool(len(ordered))
