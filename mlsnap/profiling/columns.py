"""The profile of a column, from its values in any pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.buffers import to_arrow, to_numpy
from mlsnap.data.layout import plain, plain_type
from mlsnap.data.mixed import is_mixed, type_counts
from mlsnap.data.types import kind_of, type_name
from mlsnap.profiling.binaries import Binaries
from mlsnap.profiling.booleans import Booleans
from mlsnap.profiling.dates import Dates
from mlsnap.profiling.decimals import NARROW, Decimals, WideDecimals
from mlsnap.profiling.lists import Lists
from mlsnap.profiling.mixed import Mixed
from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.numbers import Numbers
from mlsnap.profiling.semantic_types import SemanticTypes
from mlsnap.profiling.spool import Spool
from mlsnap.profiling.texts import Texts
from mlsnap.values.column import ColumnProfile, Kind, ValueCount

BUDGET = 1 << 30
"""Bytes of memory that a profile may use unless another budget is given."""


class Summary(Protocol):
    """What a column of one kind is summarised by: a monoid under `merge`."""

    def update(self, values: pa.Array, counts: NDArray[np.int64] | None = None) -> None:
        """Take plain values without nulls in, one at least, each as often as ``counts`` says."""

    def merge(self, other: Self) -> None:
        """Take in what ``other`` has."""

    def multisets(self) -> Any:
        """What takes memory by the row."""

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""


def _decimals(type_: pa.DataType, budget: int) -> Summary:
    if not pa.types.is_decimal(type_):
        return Numbers(budget=budget)
    if type_.precision <= NARROW:
        return Decimals(type_.scale, budget=budget)
    return WideDecimals(budget=budget)


SUMMARIES: dict[Kind, Callable[[Any, int], Summary]] = {
    Kind.INTEGER: lambda type_, budget: Numbers(budget=budget),
    Kind.DECIMAL: _decimals,
    Kind.STRING: lambda type_, budget: Texts(budget=budget),
    Kind.MIXED: lambda type_, budget: Mixed(budget=budget),
    Kind.BOOLEAN: lambda type_, budget: Booleans(),
    Kind.DATE: lambda type_, budget: Dates(type_, budget=budget),
    Kind.BINARY: lambda type_, budget: Binaries(budget=budget),
    Kind.LIST: lambda type_, budget: Lists(),
}
"""What a column of each kind adds to the counts that all have; the others add nothing."""


class ColumnSummary:
    """A partial profile of one column, a monoid under `merge`.

    Parameters
    ----------
    budget
        Bytes of memory that the profile of a table may use.
    semantic_types
        Whether to look for e-mail addresses and the like among texts.
    """

    def __init__(
        self, field: pa.Field, *, budget: int = BUDGET, semantic_types: bool = False
    ) -> None:
        self._field = field
        self._kind = Kind.MIXED if is_mixed(field) else kind_of(field.type)
        make = SUMMARIES.get(self._kind)
        self._summary: Summary | None = make(plain_type(field.type), budget) if make else None
        looked_at = semantic_types and self._kind is Kind.STRING
        self._semantic_types = SemanticTypes() if looked_at else None
        self._present = 0
        self.name = field.name
        self.row_count = 0

    def update(self, values: pa.Array) -> None:
        """Take values in. Nulls are missing; NaN is counted apart."""
        self.row_count += len(values)
        if pa.types.is_dictionary(values.type) and len(values.dictionary) <= len(values):
            self._update(*_used(values))
            return
        values = plain(values)
        self._update(values.drop_null() if values.null_count else values, None)

    def merge(self, other: ColumnSummary) -> None:
        """Take in what ``other``, of the same field, has."""
        self.row_count += other.row_count
        self._present += other._present
        if self._summary is not None and other._summary is not None:
            self._summary.merge(other._summary)
        if self._semantic_types is not None and other._semantic_types is not None:
            self._semantic_types.merge(other._semantic_types)

    @property
    def multisets(self) -> list[Multiset]:
        """What takes memory by the row."""
        return [] if self._summary is None else list(self._summary.multisets())

    def profile(self, *, error_count: int = 0) -> ColumnProfile:
        """The profile of all values taken in; to be called once, at the end."""
        summary, self._summary = self._summary, None
        fields = summary.result() if summary is not None and self._present else {}
        return ColumnProfile(
            name=self.name,
            type=self._kind,
            arrow_type=type_name(self._field.type),
            count=self.row_count,
            missing_count=self.row_count - self._present,
            error_count=error_count,
            type_counts=_type_counts(self._field),
            semantic_types=self._semantic_types.result() if self._semantic_types else (),
            **fields,
        )

    def _update(self, present: pa.Array, counts: NDArray[np.int64] | None) -> None:
        self._present += len(present) if counts is None else int(counts.sum())
        if self._summary is not None and len(present):
            self._summary.update(present, counts)
        if self._semantic_types is not None and len(present):
            self._semantic_types.update(present, counts)


def make_room(columns: Iterable[ColumnSummary], spool: Spool, *, budget: int) -> None:
    """Put rows that wait for the end into the file, if all take more bytes than the budget."""
    multisets = [each for column in columns for each in column.multisets]
    if sum(each.nbytes for each in multisets) > budget:
        for each in multisets:
            each.spool(spool)


def _used(values: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """The values of a dictionary that are used and not null, and how often each is."""
    distinct = plain(values.dictionary)
    counts = np.bincount(to_numpy(values.indices.drop_null()), minlength=len(distinct))
    if distinct.null_count:
        counts[~to_numpy(distinct.is_valid().cast(pa.uint8())).astype(bool)] = 0
    used = np.flatnonzero(counts)
    return distinct.take(to_arrow(used)), counts[used]


def _type_counts(field: pa.Field) -> tuple[ValueCount, ...]:
    counts = type_counts(field) if is_mixed(field) else {}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ValueCount(name, count) for name, count in ordered)
