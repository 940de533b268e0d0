"""Columns of dates, times, timestamps and durations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.buffers import to_arrow, to_numpy
from mlsnap.profiling.distribution import distribution_of, histogram_of
from mlsnap.profiling.multiset import Multiset
from mlsnap.profiling.numbers import values_of
from mlsnap.profiling.ordered import Ordered
from mlsnap.values.column import Distribution, Histogram
from mlsnap.values.scalars import Scalar

Drawn = TypeVar("Drawn", Histogram | None, Distribution | None)
Counts = NDArray[np.int64]

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400


class Dates:
    """Statistics of dates, a monoid under `merge`. The distribution is in seconds."""

    def __init__(self, type_: pa.DataType, *, budget: int) -> None:
        self._type = type_
        self._units = Multiset(budget=budget, scale=_microseconds(type_))

    def update(self, values: pa.Array, counts: Counts | None = None) -> None:
        """Take dates without nulls in, each as often as ``counts`` says."""
        self._units.add(to_numpy(values, f"i{self._type.bit_width // 8}"), counts)

    def merge(self, other: Dates) -> None:
        """Take the dates of ``other`` in."""
        self._units.merge(other._units)

    def multisets(self) -> Iterator[Multiset]:
        """What takes memory by the row."""
        yield self._units

    def result(self) -> dict[str, Any]:
        """Fields of the profile; a row at least."""
        rows, summary = self._units.ordered()
        common, seconds = _in_common_unit(rows, self._type, scaled=summary is not None)
        cut, exact = partial(scalars_of, type_=self._type), partial(_exactly, type_=self._type)
        return {
            **values_of(rows, summary, cut, common=exact),
            "histogram": _scaled(histogram_of(common), seconds),
            "distribution": _scaled(distribution_of(common), seconds),
        }


def scalars_of(counts: list[int], type_: pa.DataType) -> list[Scalar]:
    """The dates that lie ``counts`` units of ``type_`` after its origin, cut to microseconds.

    Text where no value of the standard library reaches so far.
    """
    coarse, units = _coarser(type_)
    cells = to_arrow(np.array(counts, f"i{coarse.bit_width // 8}") // units).view(coarse)
    try:
        return _in_python(cells)
    except (ValueError, LookupError, OverflowError):
        unit = "days" if pa.types.is_date(type_) else type_.unit
        if len(counts) == 1:
            since = " since 1970" if pa.types.is_date(type_) or pa.types.is_timestamp(type_) else ""
            return [f"{counts[0]} {unit}{since}"]
        return [scalar for each in counts for scalar in scalars_of([each], type_)]


def _exactly(counts: list[int], type_: pa.DataType) -> list[Scalar]:
    """The same, but as text where the cut would lose nanoseconds."""
    if getattr(type_, "unit", "") != "ns":
        return scalars_of(counts, type_)
    pairs = zip(counts, scalars_of(counts, type_), strict=True)
    return [_nanoseconds(count, type_) if count % 1000 else cut for count, cut in pairs]


def _nanoseconds(count: int, type_: pa.DataType) -> str:
    if not pa.types.is_timestamp(type_):
        return f"{count} ns"
    return f"{np.datetime64(count, 'ns')}{'Z' if type_.tz else ''}"


def _in_python(cells: pa.Array) -> list[Scalar]:
    """The dates; Arrow's own way to those with a time zone imports pandas."""
    if getattr(cells.type, "tz", None) is None:
        return cells.to_pylist()  # type: ignore[no-any-return]
    zone = pa.lib.string_to_tzinfo(cells.type.tz)
    instants = cells.view(pa.timestamp(cells.type.unit)).to_pylist()
    return [each.replace(tzinfo=UTC).astimezone(zone) for each in instants]


def _coarser(type_: pa.DataType) -> tuple[pa.DataType, int]:
    """Microseconds for nanoseconds, and how many of those they are."""
    if pa.types.is_date(type_) or type_.unit != "ns":
        return type_, 1
    if pa.types.is_timestamp(type_):
        return pa.timestamp("us", type_.tz), 1000
    return (pa.duration("us") if pa.types.is_duration(type_) else pa.time64("us")), 1000


def _microseconds(type_: pa.DataType) -> Fraction:
    """How many of them one unit is; days stay days."""
    return Fraction(1) if pa.types.is_date(type_) else Fraction(10**6, _PER_SECOND[type_.unit])


def _in_common_unit(rows: Ordered, type_: pa.DataType, *, scaled: bool) -> tuple[Ordered, float]:
    """The instants in microseconds where those are exact, whatever unit they came in; and that
    unit in seconds. ``scaled`` if they are in microseconds already.
    """
    if pa.types.is_date(type_):
        return rows, float(_DAY)
    if scaled:
        return rows, 1e-6
    factor = 10**6 // _PER_SECOND[type_.unit]
    if not factor:
        rounded = not _any_rest(rows.values, 1000)
        return (rows.mapped(lambda ns: ns // 1000), 1e-6) if rounded else (rows, 1e-9)
    ends = rows.values_at(np.array([0, rows.row_count - 1])).tolist()
    if factor == 1 or max(map(abs, ends)) * factor >= 1 << 63:
        return rows, factor / 10**6
    return rows.mapped(lambda units: units.astype(np.int64) * factor), 1e-6


def _scaled(drawn: Drawn, seconds: float) -> Drawn:
    """What was computed in a unit of so many ``seconds``, in seconds."""
    if isinstance(drawn, Histogram):
        return replace(drawn, edges=_times(drawn.edges, seconds))
    if isinstance(drawn, Distribution):
        points, means = _times(drawn.points, seconds), _times(drawn.means, seconds)
        return replace(drawn, points=points, means=means)
    return drawn


def _times(values: tuple[float, ...], seconds: float) -> tuple[float, ...]:
    """Products, divided where that is exact."""
    found = np.array(values)
    scaled = found * seconds if seconds >= 1 else found / round(1 / seconds)
    return tuple(scaled.tolist())


def _any_rest(values: NDArray[Any], divisor: int) -> bool:
    """Whether any of ``values`` is not a multiple of ``divisor``."""
    return any((values[i : i + (1 << 16)] % divisor).any() for i in range(0, len(values), 1 << 16))
