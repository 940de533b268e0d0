"""Shares of two columns by value, as far as the most common values tell them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from mlsnap.comparing.keys import Key, key_between
from mlsnap.comparing.shares import Floats, Rest, Shares
from mlsnap.values.column import ColumnProfile, Kind, ValueCount
from mlsnap.values.scalars import Scalar

_SHOWN = 1000
"""A longer text that ends in … was cut when it was stored, and may stand for several."""


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

    counts: dict[Hashable, int]
    rows: int
    rest: int
    most: int
    values: int
    described: str

    def shares(self, keys: Sequence[Hashable]) -> Floats:
        """Shares 0-1 of the rows that are known to hold each of these values."""
        return np.fromiter(map(self.counts.get, keys, repeat(0)), np.float64) / self.rows


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """The values that are stored on either side of two columns of text, bytes or mixed values.

    Attributes
    ----------
    keys
        Of these values, the reference's first, each side's in its order.
    shares
        Shares 0-1 of the rows that are known to hold each, shape ``(2, k)``.
    sides
        What the two profiles tell.
    """

    keys: tuple[Hashable, ...]
    shares: Floats
    sides: tuple[Stored, Stored]


def categories_of(reference: ColumnProfile, current: ColumnProfile) -> Categories:
    """What the most common values of two columns tell, equal ones matched."""
    key = key_between(reference, current)
    first, second = stored_counts(reference, key), stored_counts(current, key)
    keys = tuple(first.counts | second.counts)
    return Categories(keys, np.array([first.shares(keys), second.shares(keys)]), (first, second))


def stored_counts(column: ColumnProfile, key: Key | None) -> Stored:
    """What the most common values of a column of text, bytes or mixed values tell."""
    whole, cut = _whole_and_cut(column)
    counts = {key(each.value) if key else each.value: each.count for each in whole}
    rows = column.not_missing_count - column.nan_count
    rest = max(rows - sum(counts.values()), 0)
    distinct = column.distinct_count if column.distinct_exact else None
    values = rest if distinct is None else min(rest, max(distinct - len(counts), 1))
    fewest = rest if distinct is None else rest - (values - 1)
    return Stored(
        counts,
        rows,
        rest=rest,
        most=min(fewest, _most_beyond(column, cut)) if rest else 0,
        values=values if rest else 0,
        described=f"{len(counts):,} of {'unknown many' if distinct is None else f'{distinct:,}'}",
    )


def category_shares(categories: Categories) -> Shares:
    """Shares by value where all rows' values are known on both sides, else what is known of them.

    A value is known on a side that stored it, and on a side that stored all it has.
    """
    shares, (first, second) = categories.shares, categories.sides
    if not first.rest and not second.rest:
        return Shares(shares, rows=(first.rows, second.rows))
    known = ((shares[0] > 0) | (not first.rest)) & ((shares[1] > 0) | (not second.rest))
    return Shares(
        shares.compress(known, axis=1),
        rows=(first.rows, second.rows),
        rest=Rest(
            shares.compress(~known, axis=1),
            share=(first.rest / first.rows, second.rest / second.rows),
            most=(first.most / first.rows, second.most / second.rows),
            values=(first.values, second.values),
        ),
        reason=f"the counts of {first.described} values are stored on the reference side, "
        f"of {second.described} on the current",
    )


def _whole_and_cut(column: ColumnProfile) -> tuple[Sequence[ValueCount], Sequence[ValueCount]]:
    """The stored values, and those that were cut, as only a long text is."""
    stored = column.most_common
    if column.lengths and column.lengths.max <= _SHOWN:
        return stored, ()
    cut = [each for each in stored if _is_cut(each.value)]
    return [each for each in stored if not _is_cut(each.value)], cut


def _most_beyond(column: ColumnProfile, cut: Sequence[ValueCount]) -> int:
    """Rows that a value which was not stored, or not whole, can have at most.

    The most common are stored; of mixed values those are left out that are too long to show.
    """
    if column.type is Kind.MIXED or not column.most_common:
        return column.count
    return max((each.count for each in cut), default=column.most_common[-1].count)


def _is_cut(value: Scalar) -> bool:
    return isinstance(value, str) and len(value) > _SHOWN and value.endswith("…")
