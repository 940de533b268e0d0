"""Shares of the rows of two columns in the same classes, and distances of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.values.difference import Distance

Floats = NDArray[np.float64]

_ROUNDING = 1e-12
"""Bounds that are nearer to each other, relatively, are one number."""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What is known of the rows whose values were not stored on both sides.

    Attributes
    ----------
    only
        Shares of the values stored on one side only, shape ``(2, k)``; on the other they are 0.
    share
        Share of each side's rows whose values were not stored.
    most
        The largest share that a value which was not stored can have, on each side.
    values
        How many such values there are at most, on each side.
    """

    only: Floats
    share: tuple[float, float]
    most: tuple[float, float]
    values: tuple[int, int]

    def merged(self, *, slack: float = 0.0) -> Floats:
        """One class of all these rows, its smaller share with ``slack``.

        Merging classes increases no f-divergence (data processing inequality).
        """
        stored = self.only.sum(axis=1).tolist()
        totals = [only + share for only, share in zip(stored, self.share, strict=True)]
        return _nearest(totals, totals, slack)

    def nearest(self, *, slack: float = 0.0) -> Floats:
        """`stored_nearest`, and one class of what is stored on neither side, as near as it can be.

        Its smaller share is taken with ``slack``.
        """
        others = np.count_nonzero(self.only[1]), np.count_nonzero(self.only[0])
        sides = zip(self.share, others, self.most, strict=True)
        least = [share - min(share, number * most) for share, number, most in sides]
        return np.concatenate((self.stored_nearest(), _nearest(least, self.share, slack)), axis=1)

    def stored_nearest(self) -> Floats:
        """The values stored on one side, on the other in shares as near as they can be."""
        near: Floats = self.only + np.minimum(self.only[::-1], np.array(self.most)[:, np.newaxis])
        return near

    def apart(self) -> Floats:
        """The values stored on one side, and what was not stored in one class for each side."""
        return np.concatenate((self.only, np.diag(self.share)), axis=1)


@dataclass(frozen=True, eq=False)
class Shares:
    """How the rows of two columns spread over the same classes.

    Attributes
    ----------
    known
        Shares 0-1 of the reference's and the current rows in each class that is known on both
        sides, shape ``(2, k)``; no class is empty on both.
    rows
        Rows that hold a value, of both sides.
    rest
        What is known of the rows in other classes; ``None`` where there are none.
    reason
        What was not stored, where there are others.
    """

    known: Floats
    rows: tuple[int, int]
    rest: Rest | None = None
    reason: str | None = None

    @cached_property
    def bounds(self) -> tuple[Shares, Shares, Shares]:
        """With the rest `Rest.merged`, `Rest.nearest` and `Rest.apart`."""
        assert self.rest is not None
        merged, nearest, apart = (
            shares_of(np.concatenate((self.known, rest), axis=1), rows=self.rows)
            for rest in (self.rest.merged(), self.rest.nearest(), self.rest.apart())
        )
        return merged, nearest, apart


def shares_of(known: Floats, *, rows: tuple[int, int]) -> Shares:
    """Shares in all classes, shape ``(2, k)``, those left out that are empty on both sides."""
    return Shares(known.compress(known[0] + known[1] > 0, axis=1), rows)


def _nearest(least: Any, most: Any, slack: float) -> Floats:
    """A class whose shares lie between these, of both sides, where they differ least."""
    if least[0] > most[1]:
        return np.array([[least[0]], [min(most[1] + slack, least[0])]])
    if least[1] > most[0]:
        return np.array([[min(most[0] + slack, least[1])], [least[1]]])
    return np.zeros((2, 0))


def share_distance(shares: Shares | str, measure: Callable[[Shares], float]) -> Distance:
    """The distance that ``measure`` makes of shares in all classes, or bounds of it.

    ``measure`` ascends with a sum of f(p, q) >= 0 over classes, f jointly convex and homogeneous
    with f(p, p) = 0. So it is at least that of merged classes, and at least that of each class's
    own least f; and at most that of disjoint rests, as f(p, q) <= f(p, 0) + f(0, q).
    """
    if isinstance(shares, str):
        return Distance(None, reason=shares)
    if shares.rest is None:
        return Distance(measure(shares))
    merged, nearest, apart = shares.bounds
    return bounded(max(measure(merged), measure(nearest)), measure(apart), shares.reason)


def bounded(lower: float, upper: float, reason: str | None) -> Distance:
    """A distance between two bounds, known where they are one."""
    if math.isclose(lower, upper, rel_tol=_ROUNDING):
        return Distance(lower)
    return Distance(None, reason=reason, lower=lower, upper=upper)
