"""Rows of two tables told apart by their hashes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsnap.data.partitions import Records

Places = NDArray[np.int64]


class Matched(NamedTuple):
    """What two sets of rows do not share, by the places of the rows in each.

    Attributes
    ----------
    removed, added
        Rows of the first that the second has not, and the other way round.
    before, after
        Of the same lengths: rows that have the same key, and are the only ones left with it.
    repeated
        Keys that several rows of a side have.
    """

    removed: Places
    added: Places
    before: Places
    after: Places
    repeated: int


def match_rows(reference: Records, current: Records) -> Matched:
    """Tell apart rows that have two words each: equal ones cancel each other, one by one."""
    removed, added = _surplus(reference, current)
    nothing = np.empty(0, np.int64)
    return Matched(removed, added, nothing, nothing, 0)


def match_keyed_rows(reference: Records, current: Records) -> Matched:
    """Tell apart rows that have two words for all of their values, then two for their key."""
    keys = reference[:, 2:4], current[:, 2:4]
    order, group = _grouped(np.concatenate(keys))
    ours, theirs = _counts(order, group, len(reference))
    repeated = int(((ours > 1) | (theirs > 1)).sum())
    if repeated:
        return _match_repeated(reference, current, repeated)
    before, after = _pairs(order, (ours & theirs).astype(np.bool_)[group], len(reference))
    differs = (reference[before, :2] != current[after, :2]).any(axis=1)
    removed, added = _sides(order[(ours + theirs == 1)[group]], len(reference))
    return Matched(removed, added, before[differs], after[differs], 0)


def _match_repeated(reference: Records, current: Records, repeated: int) -> Matched:
    removed, added = _surplus(reference[:, :2], current[:, :2])
    keys = reference[removed, 2:4], current[added, 2:4]
    order, group = _grouped(np.concatenate(keys))
    ours, theirs = _counts(order, group, len(removed))
    single = ((ours == 1) & (theirs == 1))[group]
    before, after = _pairs(order, single, len(removed))
    return Matched(
        np.delete(removed, before),
        np.delete(added, after),
        removed[before],
        added[after],
        repeated,
    )


def _surplus(one: Records, other: Records) -> tuple[Places, Places]:
    """The places of the rows that a side has more often than the other, the last ones of them."""
    order, group = _grouped(np.concatenate((one, other)))
    ours, theirs = _counts(order, group, len(one))
    odd = (ours != theirs)[group]
    order, group = order[odd], group[odd]
    rank = np.arange(len(group)) - np.searchsorted(group, group)
    rank -= np.where(order < len(one), 0, ours[group])
    return _sides(order[rank >= np.minimum(ours, theirs)[group]], len(one))


def _pairs(order: Places, chosen: NDArray[np.bool_], length: int) -> tuple[Places, Places]:
    """The places in both sides of groups that have one row of each."""
    found = order[chosen].reshape(-1, 2)
    return found[:, 0], found[:, 1] - length


def _grouped(rows: Records) -> tuple[Places, Places]:
    """An order in which equal rows are neighbours, and in it the number of each one's group.

    Equal rows stay in their order.
    """
    order = _brought_together(rows[:, 0])
    first, second = rows[order, 0], rows[order, 1]
    same = first[1:] == first[:-1]
    if (same & (second[1:] != second[:-1])).any():
        order = np.lexsort((rows[:, 1], rows[:, 0]))
        first, second = rows[order, 0], rows[order, 1]
        same = first[1:] == first[:-1]
    same &= second[1:] == second[:-1]
    return order, np.concatenate([np.zeros(min(len(rows), 1), np.int64), np.cumsum(~same)])


def _brought_together(words: NDArray[np.uint64]) -> Places:
    """A stable order in which equal words are neighbours.

    Each place is sorted together with as many bits of its word as there is room for beside it,
    which is much quicker than `numpy.argsort`; should these be the same for two different words,
    that does it.
    """
    bits = np.uint64(len(words).bit_length())
    packed = words << bits | np.arange(len(words), dtype=np.uint64)
    packed.sort()
    order = (packed & ((np.uint64(1) << bits) - np.uint64(1))).view(np.int64)
    packed >>= bits
    found = words[order]
    if ((packed[1:] == packed[:-1]) & (found[1:] != found[:-1])).any():
        return np.argsort(words, kind="stable")
    return order


def _counts(order: Places, group: Places, length: int) -> tuple[Places, Places]:
    """How many rows of each side a group has."""
    groups = int(group[-1]) + 1 if len(group) else 0
    ours = np.bincount(group[order < length], minlength=groups)
    return ours, np.bincount(group, minlength=groups) - ours


def _sides(places: Places, length: int) -> tuple[Places, Places]:
    """Places in both sides together as those in each."""
    places = np.sort(places)
    return places[places < length], places[places >= length] - length
