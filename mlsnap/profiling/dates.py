"""Columns of dates, times, timestamps and durations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.profiling.common_values import runs_of
from mlsnap.profiling.distribution import distribution_of, histogram_of
from mlsnap.values.scalars import Scalar

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of dates without nulls; a row at least. The distribution is in seconds."""
    ordered = np.sort(_counts(present))
    seconds = _seconds(ordered, present.type)
    return {
        "min": scalar_of(int(ordered[0]), present.type),
        "max": scalar_of(int(ordered[-1]), present.type),
        "distinct_count": len(runs_of(ordered)[0]),
        "histogram": histogram_of(seconds),
        "distribution": distribution_of(seconds),
    }


def scalar_of(count: int, type_: pa.DataType) -> Scalar:
    """The date that lies ``count`` units of ``type_`` after its origin, cut to microseconds.

    Text where no value of the standard library reaches so far.
    """
    coarse, units = _coarser(type_)
    cell = pa.scalar(count // units, _storage(coarse)).cast(coarse)
    try:
        return cell.as_py()  # type: ignore[no-any-return]
    except (ValueError, LookupError, OverflowError):
        unit = "days" if pa.types.is_date(type_) else type_.unit
        return f"{count} {unit} since 1970"


def _coarser(type_: pa.DataType) -> tuple[pa.DataType, int]:
    """Microseconds for nanoseconds, and how many of those they are."""
    if pa.types.is_date(type_) or type_.unit != "ns":
        return type_, 1
    if pa.types.is_timestamp(type_):
        return pa.timestamp("us", type_.tz), 1000
    return (pa.duration("us") if pa.types.is_duration(type_) else pa.time64("us")), 1000


def _storage(type_: pa.DataType) -> pa.DataType:
    return pa.int32() if type_.bit_width == 32 else pa.int64()


def _counts(present: pa.Array) -> NDArray[Any]:
    return present.cast(_storage(present.type)).to_numpy()  # type: ignore[no-any-return]


def _seconds(counts: NDArray[Any], type_: pa.DataType) -> NDArray[np.float64]:
    if pa.types.is_date(type_):
        return counts * float(_DAY)
    return counts / _PER_SECOND[type_.unit]
