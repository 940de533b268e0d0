"""Shares of two columns by value, as far as the most common values tell them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from mlsnap.comparing.keys import Key
from mlsnap.comparing.shares import Rest, Shares
from mlsnap.values.column import ColumnProfile, Kind
from mlsnap.values.scalars import Scalar

_SHOWN = 1000
"""A longer text that ends in … was cut when it was stored, and may stand for several."""

Counts = dict[Hashable, int]


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What a profile tells of a column's values.

    Attributes
    ----------
    counts
        Rows by value.
    rows
        Rows that hold a value.
    rest
        Rows whose values are not among ``counts``.
    most
        Rows that one of those values can have at most.
    values
        How many such values there are at most.
    described
        In words, how many are stored.
    """

    counts: Counts
    rows: int
    rest: int
    most: int
    values: int
    described: str

    def shares(self, keys: Iterable[Hashable]) -> list[float]:
        """Shares 0-1 of the rows that are known to hold each of these values."""
        counts, rows = self.counts, self.rows
        return [counts.get(key, 0) / rows for key in keys]


def stored_counts(column: ColumnProfile, key: Key | None) -> Stored:
    """What the most common values of a column of text, bytes or mixed values tell."""
    whole = column.most_common
    if column.lengths is None or column.lengths.max > _SHOWN:
        whole = tuple(each for each in whole if not _is_cut(each.value))
    if key is None:
        counts: Counts = {each.value: each.count for each in whole}
    else:
        counts = {key(each.value): each.count for each in whole}
    rows = column.not_missing_count - column.nan_count
    rest = max(rows - sum(counts.values()), 0)
    distinct = column.distinct_count if column.distinct_exact else None
    values = rest if distinct is None else min(rest, max(distinct - len(counts), 1))
    fewest = rest if distinct is None else rest - (values - 1)
    return Stored(
        counts,
        rows,
        rest=rest,
        most=min(fewest, _most_beyond(column)) if rest else 0,
        values=values if rest else 0,
        described=f"{len(counts):,} of {'unknown many' if distinct is None else f'{distinct:,}'}",
    )


def category_shares(first: Stored, second: Stored) -> Shares:
    """Shares by value where all rows' values are known on both sides, else what is known of them.

    A value is known on a side that stored it, and on a side that stored all it has.
    """
    known = [key for key in first.counts if not second.rest or key in second.counts]
    known += [key for key in second.counts if not first.rest and key not in first.counts]
    shares = np.array([first.shares(known), second.shares(known)])
    if not first.rest and not second.rest:
        return Shares(shares, rows=(first.rows, second.rows))
    return Shares(
        shares,
        rows=(first.rows, second.rows),
        rest=(_rest(first, known), _rest(second, known)),
        reason=f"the counts of {first.described} values are stored on the reference side, "
        f"of {second.described} on the current",
    )


def _rest(side: Stored, known: list[Hashable]) -> Rest:
    both = set(known)
    only = [key for key in side.counts if key not in both]
    return Rest(
        np.array(side.shares(only)),
        side.rest / side.rows,
        side.most / side.rows,
        values=side.values,
    )


def _most_beyond(column: ColumnProfile) -> int:
    """Rows that a value which was not stored, or not whole, can have at most.

    The most common are stored; of mixed values those are left out that are too long to show.
    """
    cut = [each.count for each in column.most_common if _is_cut(each.value)]
    if column.type is Kind.MIXED or not column.most_common:
        return column.count
    return max(cut, default=column.most_common[-1].count)


def _is_cut(value: Scalar) -> bool:
    return isinstance(value, str) and len(value) > _SHOWN and value.endswith("…")
