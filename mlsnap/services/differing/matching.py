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
    removed, added = _surplus(reference[:, :2], current[:, :2])
    keys = reference[:, 2:4], current[:, 2:4]
    before, after = _pairs(keys[0][removed], keys[1][added])
    return Matched(
        np.delete(removed, before),
        np.delete(added, after),
        removed[before],
        added[after],
        _count_repeated(*keys),
    )


def _surplus(one: Records, other: Records) -> tuple[Places, Places]:
    """The places of the rows that a side has more often than the other, the last ones of them."""
    order, group = _grouped(np.concatenate((one, other)))
    ours, theirs = _counts(order, group, len(one))
    odd = (ours != theirs)[group]
    order, group = order[odd], group[odd]
    by_place = np.lexsort((order, group))
    order, group = order[by_place], group[by_place]
    rank = np.arange(len(group)) - np.searchsorted(group, group)
    rank -= np.where(order < len(one), 0, ours[group])
    return _sides(order[rank >= np.minimum(ours, theirs)[group]], len(one))


def _pairs(one: Records, other: Records) -> tuple[Places, Places]:
    """The places of the keys that each side has once."""
    order, group = _grouped(np.concatenate((one, other)))
    ours, theirs = _counts(order, group, len(one))
    found = order[((ours == 1) & (theirs == 1))[group]].reshape(-1, 2)
    return found.min(axis=1), found.max(axis=1) - len(one)


def _count_repeated(*sides: Records) -> int:
    """Keys that a side has more than once."""
    repeated = np.concatenate([_repeated(keys) for keys in sides])
    return len(np.unique(_grouped(repeated)[1])) if len(repeated) else 0


def _repeated(keys: Records) -> Records:
    """Each key that is there more than once."""
    first = np.sort(keys[:, 0])
    twice = first[1:][first[1:] == first[:-1]]
    if not len(twice):
        return keys[:0]
    candidates = keys[np.isin(keys[:, 0], twice)]
    order, group = _grouped(candidates)
    counts = np.bincount(group)
    begins = np.searchsorted(group, np.flatnonzero(counts > 1))
    return candidates[order[begins]]


def _grouped(rows: Records) -> tuple[Places, Places]:
    """An order in which equal rows are neighbours, and in it the number of each one's group."""
    order = np.argsort(rows[:, 0])
    first, second = rows[order, 0], rows[order, 1]
    same = first[1:] == first[:-1]
    if (same & (second[1:] != second[:-1])).any():
        order = np.lexsort((rows[:, 1], rows[:, 0]))
        first, second = rows[order, 0], rows[order, 1]
        same = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    return order, np.concatenate([np.zeros(min(len(rows), 1), np.int64), np.cumsum(~same)])


def _counts(order: Places, group: Places, length: int) -> tuple[Places, Places]:
    """How many rows of each side a group has."""
    groups = int(group[-1]) + 1 if len(group) else 0
    ours = np.bincount(group[order < length], minlength=groups)
    return ours, np.bincount(group, minlength=groups) - ours


def _sides(places: Places, length: int) -> tuple[Places, Places]:
    """Places in both sides together as those in each."""
    places = np.sort(places)
    return places[places < length], places[places >= length] - length
