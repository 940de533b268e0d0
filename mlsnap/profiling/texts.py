"""Text columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.data.buffers import bytes_of, offsets_of, to_arrow, to_numpy
from mlsnap.profiling.common_values import MOST_COMMON, largest
from mlsnap.profiling.hashing import Words, hashes_of
from mlsnap.profiling.lengths import LengthSums
from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.ordered import Ordered
from mlsnap.profiling.runs import Runs
from mlsnap.profiling.vocabulary import Vocabulary
from mlsnap.values.column import ValueCount

SHOWN = 1000
"""Characters of a text that a profile keeps; the rest of a longer one gives way to ``…``."""

_SAMPLE = 1 << 14
_REPEATED = 0.15
"""Where a sample has a smaller share of distinct texts, they are counted before they are hashed."""

Counts = NDArray[np.int64]


class Texts:
    """Statistics of texts, a monoid under `merge`. Order is that of the UTF-8 bytes.

    Distinct texts are counted by 64-bit hashes. The texts themselves are known as far as
    `Vocabulary` says; beyond that only those are named that hold enough of the rows.
    """

    def __init__(self, *, budget: int) -> None:
        self._hashes = Multiset(budget=budget)
        self._vocabulary = Vocabulary(budget=budget)
        self._lengths = LengthSums()
        self._ends: tuple[str, str] | None = None

    def update(self, texts: pa.Array, counts: Counts | None = None) -> None:
        """Take large texts without nulls in, each as often as ``counts`` says."""
        if counts is None and _repeats(texts):
            counted = texts.value_counts()
            texts, counts = counted.field("values"), to_numpy(counted.field("counts"))
        hashes, starts = hashes_of(texts)
        self._lengths.update(_characters(texts), counts)
        self._extend(_extremes(texts, starts))
        self._hashes.add(hashes.copy(), counts)
        self._vocabulary.update(texts, hashes, counts)
        self._forget()

    def merge(self, other: Texts) -> None:
        """Take the texts of ``other`` in."""
        self._hashes.merge(other._hashes)
        self._vocabulary.merge(other._vocabulary)
        self._lengths.merge(other._lengths)
        if other._ends:
            self._extend(other._ends)
        self._forget()

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row."""
        yield self._hashes

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        rows, summary = self._hashes.ordered()
        assert self._ends is not None
        return {
            "min": shown(self._ends[0]),
            "max": shown(self._ends[1]),
            "empty_count": self._lengths.zeros,
            "lengths": self._lengths.result(),
            "distinct_count": summary.distinct.count if summary else rows.distinct_count,
            "distinct_exact": summary is None,
            "most_common": () if summary else self._most_common(rows),
        }

    def _most_common(self, rows: Ordered) -> tuple[ValueCount, ...]:
        """Of equally common texts the smaller first; those that occur once if there are few."""
        least = self._vocabulary.least_count(rows.row_count, rows.distinct_count)
        hashes, counts = _candidates(rows, max(least, 1 + (rows.distinct_count > MOST_COMMON)))
        texts = self._vocabulary.texts_of(hashes)
        order = to_numpy(pc.sort_indices(texts)).astype(np.int64)
        found = order[largest(counts[order])]
        values = texts.take(to_arrow(found)).to_pylist()
        pairs = zip(values, counts[found].tolist(), strict=True)
        return tuple(ValueCount(shown(text), count) for text, count in pairs)

    def _forget(self) -> None:
        """Bound the memory that known texts take."""
        if self._vocabulary.overflows:
            counts = self._hashes.counts_of(self._vocabulary.known)
            self._vocabulary.forget(counts, row_count=self._hashes.row_count)

    def _extend(self, ends: tuple[str, str]) -> None:
        low, high = ends
        if self._ends:
            low = min(low, self._ends[0], key=str.encode)
            high = max(high, self._ends[1], key=str.encode)
        self._ends = low, high


def shown(text: str) -> str:
    """``text`` as a profile keeps it."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _repeats(texts: pa.Array) -> bool:
    """Whether texts occur again and again."""
    if len(texts) < _SAMPLE:
        return False
    sample = texts.slice((len(texts) - _SAMPLE) // 2, _SAMPLE)
    return len(sample.unique()) < _REPEATED * _SAMPLE


def _characters(texts: pa.Array) -> Counts:
    """The length of each text in characters."""
    offsets = offsets_of(texts)
    data = bytes_of(texts)[offsets[0] : offsets[-1]]
    if len(data) and data.max() >= 128:
        return to_numpy(pc.utf8_length(texts))
    return np.diff(offsets)


def _extremes(texts: pa.Array, starts: Words) -> tuple[str, str]:
    """The smallest and the largest text, of those with the smallest and the largest start."""
    return _among(texts, starts == starts.min())["min"], _among(texts, starts == starts.max())[
        "max"
    ]


def _among(texts: pa.Array, candidates: NDArray[np.bool_]) -> Any:
    places = np.flatnonzero(candidates)
    few = texts if len(places) * 4 > len(texts) else texts.take(to_arrow(places))
    return pc.min_max(few).as_py()


def _candidates(rows: Ordered, least: int) -> Runs:
    """The hashes that so many rows have, and no fewer than the most common ones."""
    common = [runs.of_count(least) for runs in rows.runs()]
    hashes, counts = (np.concatenate(each) for each in zip(*common, strict=True))
    if len(counts) > MOST_COMMON:
        least = int(np.partition(counts, -MOST_COMMON)[-MOST_COMMON])
    return Runs(hashes, counts).of_count(least)
