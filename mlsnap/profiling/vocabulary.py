"""The texts behind hashes, as far as they can be needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.data.buffers import offsets_of, to_arrow
from mlsnap.profiling.runs import Runs, distinct_count_of, merged, runs_of, sorted_runs

Words = NDArray[np.uint64]
Counts = NDArray[np.int64]

MOST_TEXTS = 1 << 16
"""Up to so many distinct texts are all known."""

MOST_CHARACTERS = 1001
"""Of a text so many are kept; a profile shows no more."""

MOST_BYTES = 1 << 26
"""And if they have no more bytes than this together, or than a share of the budget."""

SHARE = 1 << 13
"""Beyond that those are known that hold one row in so many, at least."""

_WAITING = 1 << 24
"""Bytes of texts that are kept as they came before they are sorted out; or a share of the
budget."""

_BYTES_SHARE = 16
_WAITING_SHARE = 64


_TABLE_BITS = 16
_LOW_BITS = np.uint64(64 - _TABLE_BITS)


class Vocabulary:
    """The texts of a column by their hashes; a monoid under `merge`.

    All of them while they are few. Beyond that, of each part that came in, those which make up
    the needed share of it: a text that holds that share of all rows holds it in one of the parts.

    Parameters
    ----------
    budget
        Bytes of memory that a profile may use.
    """

    def __init__(self, *, budget: int) -> None:
        self._most_bytes = min(MOST_BYTES, budget // _BYTES_SHARE)
        self._most_waiting = min(_WAITING, budget // _WAITING_SHARE)
        self._waiting: list[_Part] = []
        self._known = _Part(pa.nulls(0, pa.large_string()), np.empty(0, np.uint64), None)
        self._complete = True

    def update(self, texts: pa.Array, hashes: Words, counts: Counts | None) -> None:
        """Take large texts in, with the hash of each and how often it counts."""
        self._waiting.append(_Part(texts, hashes, counts))
        if sum(each.size for each in self._waiting) > self._most_waiting:
            self._sort_out()

    def merge(self, other: Vocabulary) -> None:
        """Take what ``other`` knows in."""
        self._sort_out()
        other._sort_out()
        self._complete &= other._complete
        if self._complete:
            self._learn([other._known], other._known.hashes)
        if not self._complete:
            self._learn([other._known], other._known.hashes)

    @property
    def overflows(self) -> bool:
        """Whether it is time to `forget` texts: not while some wait to be sorted out."""
        large = self._known.size > 2 * self._most_bytes
        return not self._complete and not self._waiting and large

    @property
    def known(self) -> Words:
        """The hashes of all known texts, which ascend."""
        return self._known.hashes

    def forget(self, counts: Counts, *, row_count: int) -> None:
        """Keep of the known texts those that hold the needed share of all rows so far.

        ``counts`` says how many of those each has. If another one comes to hold that share of
        all rows in the end, it holds it in what is still to come.
        """
        kept = np.flatnonzero(counts >= -(-row_count // SHARE))
        texts = self._known.texts.take(to_arrow(kept))
        self._known = _Part(texts, self._known.hashes[kept], None)

    def least_count(self, row_count: int, distinct_count: int) -> int:
        """How many rows a text has to hold to be known for sure.

        Follows from the texts alone, not from how they came in.
        """
        if self._complete and len(self._known.hashes):
            self._sort_out()
        known = self._complete and distinct_count <= MOST_TEXTS
        return 1 if known else -(-row_count // SHARE)

    def texts_of(self, hashes: Words) -> pa.Array:
        """The texts with ``hashes``, which ascend; all of them known."""
        places, texts = _found([self._known, *self._waiting], hashes)
        return texts.take(to_arrow(np.argsort(places, kind="stable")))

    def _sort_out(self) -> None:
        """Learn from the texts that wait what can be needed of them."""
        parts, self._waiting = self._waiting, []
        if not parts:
            return
        if self._complete and not any(part.has_too_many() for part in parts):
            self._learn(parts, merged([part.runs() for part in parts]).values)
        else:
            self._complete = False
        if not self._complete:
            self._learn(parts, _common(parts))

    def _learn(self, parts: list[_Part], hashes: Words) -> None:
        """Know the texts with ``hashes``, unless all would be too many."""
        new = hashes[~np.isin(hashes, self._known.hashes, assume_unique=True)]
        if self._complete and len(self._known.hashes) + len(new) > MOST_TEXTS:
            self._complete = False
            return
        places, texts = _found(parts, new)
        self._known = self._known.joined(new[places], _shortened(texts))
        self._complete &= self._known.size <= self._most_bytes


@dataclass(frozen=True, slots=True)
class _Part:
    """Texts, the hash of each, and how often it counts."""

    texts: pa.Array
    hashes: Words
    counts: Counts | None

    @property
    def size(self) -> int:
        """Bytes of the texts."""
        offsets = offsets_of(self.texts)
        return int(offsets[-1] - offsets[0])

    def has_too_many(self) -> bool:
        """Whether a share of the hashes proves that there are more texts than can be known."""
        few = self.hashes[self.hashes < np.uint64(1 << 62)]
        return len(few) > MOST_TEXTS and distinct_count_of(np.sort(few)) > MOST_TEXTS

    def often(self, bins: NDArray[np.bool_]) -> Runs:
        """The runs of those hashes that begin with bits in ``bins``."""
        return self._where(bins[self.hashes >> _LOW_BITS]).runs()

    def _where(self, chosen: NDArray[np.bool_]) -> _Part:
        counts = None if self.counts is None else self.counts[chosen]
        return _Part(self.texts, self.hashes[chosen], counts)

    def by_first_bits(self) -> Counts:
        """How many rows begin with each of the possible first bits."""
        bins = (self.hashes >> _LOW_BITS).view(np.int64)
        if self.counts is None:
            return np.bincount(bins, minlength=1 << _TABLE_BITS)
        sums = np.bincount(bins, self.counts, minlength=1 << _TABLE_BITS)
        return sums.astype(np.int64)

    def runs(self) -> Runs:
        if self.counts is None:
            return runs_of(np.sort(self.hashes))
        return sorted_runs(self.hashes, self.counts)

    def joined(self, hashes: Words, texts: pa.Array) -> _Part:
        """This one and others, by ascending hashes."""
        both = np.concatenate((self.hashes, hashes))
        order = np.argsort(both, kind="stable")
        return _Part(pa.concat_arrays([self.texts, texts]).take(to_arrow(order)), both[order], None)


def _common(parts: list[_Part]) -> Words:
    """The hashes that make up the needed share of some parts."""
    bins = np.sum([part.by_first_bits() for part in parts], axis=0)
    least = -(-int(bins.sum()) // SHARE)
    runs = merged([part.often(bins >= least) for part in parts])
    return runs.values[runs.counts >= least]


def _found(parts: list[_Part], wanted: Words) -> tuple[Counts, pa.Array]:
    """The places of those ``wanted`` hashes, which ascend, that ``parts`` have, and their texts."""
    missing = np.arange(len(wanted))
    places, texts = [missing[:0]], [pa.nulls(0, pa.large_string())]
    for part in parts:
        rows = _rows_of(part.hashes, wanted[missing])
        seen = rows >= 0
        places.append(missing[seen])
        texts.append(part.texts.take(to_arrow(rows[seen])))
        missing = missing[~seen]
    return np.concatenate(places), pa.concat_arrays(texts)


def _rows_of(hashes: Words, wanted: Words) -> Counts:
    """A row with each of the ``wanted`` hashes, which ascend; -1 where there is none."""
    rows = np.full(len(wanted), -1, np.int64)
    if not len(wanted):
        return rows
    table = np.zeros(1 << _TABLE_BITS, bool)
    table[wanted >> _LOW_BITS] = True
    candidates = np.flatnonzero(table[hashes >> _LOW_BITS])
    places = np.minimum(wanted.searchsorted(hashes[candidates]), len(wanted) - 1)
    same = wanted[places] == hashes[candidates]
    rows[places[same]] = candidates[same]
    return rows


def _shortened(texts: pa.Array) -> pa.Array:
    lengths = np.diff(offsets_of(texts))
    if not len(lengths) or lengths.max() <= MOST_CHARACTERS:
        return texts
    return pc.utf8_slice_codeunits(texts, 0, MOST_CHARACTERS)
