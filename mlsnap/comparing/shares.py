"""Shares of the rows of two columns in the same classes, and distances of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsnap.values.difference import Distance

Floats = NDArray[np.float64]

_ROUNDING = 1e-12
"""Bounds that are nearer to each other, relatively, are one number."""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What is known of a side's rows whose values were not stored on both sides.

    Attributes
    ----------
    only
        Shares of the values stored on this side only, shape ``(k,)``.
    share
        Share of the rows whose values were not stored.
    most
        The largest share that a value which was not stored can have.
    values
        How many such values there are at most.
    """

    only: Floats
    share: float
    most: float
    values: int

    @property
    def total(self) -> float:
        """Share of all these rows."""
        return float(self.only.sum()) + self.share

    def beyond(self, others: int) -> tuple[float, float]:
        """Least and largest share of what is not stored, nor among so many ``others``."""
        return self.share - min(self.share, others * self.most), self.share


@dataclass(frozen=True, slots=True, eq=False)
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
    rest: tuple[Rest, Rest] | None = None
    reason: str | None = None

    def merged(self, *, slack: float = 0.0) -> Shares:
        """With one class of all that is not known on both sides, its smaller share with ``slack``.

        Merging classes increases no f-divergence (data processing inequality).
        """
        first, second = (each.total for each in self._rest)
        return self._and(_nearest((first, first), (second, second), slack))

    def nearest(self, *, rest: bool = True, slack: float = 0.0) -> Shares:
        """With each value stored on one side only as near as it can be on the other.

        ``rest``: and with one class of what is stored on neither, as near as it can be, its smaller
        share with ``slack``.
        """
        first, second = self._rest
        near = self._and(
            [
                [*first.only, *np.minimum(second.only, first.most)],
                [*np.minimum(first.only, second.most), *second.only],
            ]
        )
        if not rest:
            return near
        left, right = first.beyond(len(second.only)), second.beyond(len(first.only))
        return near._and(_nearest(left, right, slack))

    def apart(self, *, most: bool = False, stored: bool = False) -> Shares:
        """With no value in common but those known on both sides.

        What was not stored is one class; or only the ``most`` that one value can have; or nothing,
        where only ``stored`` ones count.
        """
        beyond = [0.0 if stored else each.most if most else each.share for each in self._rest]
        first, second = (
            [*each.only, share] for each, share in zip(self._rest, beyond, strict=True)
        )
        return self._and([first + [0.0] * len(second), [0.0] * len(first) + second])

    @property
    def _rest(self) -> tuple[Rest, Rest]:
        assert self.rest is not None
        return self.rest

    def _and(self, more: list[list[float]]) -> Shares:
        return shares_of(np.concatenate((self.known, more), axis=1), rows=self.rows)


def shares_of(known: Any, *, rows: tuple[int, int]) -> Shares:
    """Shares in all classes, shape ``(2, k)``, those left out that are empty on both sides."""
    shares = np.asarray(known, dtype=np.float64)
    filled = shares[0] + shares[1] > 0
    return Shares(shares if filled.all() else shares[:, filled], rows)


def _nearest(
    reference: tuple[float, float], current: tuple[float, float], slack: float
) -> list[list[float]]:
    """A class whose shares lie between these ends, where they differ least."""
    (first_least, first_most), (second_least, second_most) = reference, current
    if first_least > second_most:
        return [[first_least], [min(second_most + slack, first_least)]]
    if second_least > first_most:
        return [[min(first_most + slack, second_least)], [second_least]]
    return [[0.0], [0.0]]


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
    lower = max(measure(shares.merged()), measure(shares.nearest()))
    return bounded(lower, measure(shares.apart()), shares.reason)


def bounded(lower: float, upper: float, reason: str | None) -> Distance:
    """A distance between two bounds, known where they are one."""
    if math.isclose(lower, upper, rel_tol=_ROUNDING):
        return Distance(lower)
    return Distance(None, reason=reason, lower=lower, upper=upper)
