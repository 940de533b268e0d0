"""Columns of dates, times, timestamps and durations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.profiling.common_values import runs_of
from mlsnap.profiling.distribution import distribution_of, histogram_of
from mlsnap.values.scalars import Scalar

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of dates without nulls; a row at least. The distribution is in seconds."""
    present = _days(present)
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
    cell = pa.scalar(count, _storage(type_)).cast(type_)
    try:
        return _coarser(cell).as_py()  # type: ignore[no-any-return]
    except (ValueError, OverflowError):
        return f"{count} {type_.unit} since 1970"


def _storage(type_: pa.DataType) -> pa.DataType:
    return pa.int32() if type_.bit_width == 32 else pa.int64()


def _coarser(cell: pa.Scalar) -> pa.Scalar:
    type_ = cell.type
    if pa.types.is_date(type_) or type_.unit != "ns":
        return cell
    if pa.types.is_timestamp(type_):
        return pc.cast(cell, pa.timestamp("us", type_.tz), safe=False)
    return pc.cast(cell, pa.duration("us") if pa.types.is_duration(type_) else pa.time64("us"),
                   safe=False)


def _days(present: pa.Array) -> pa.Array:
    return present.cast(pa.date32()) if pa.types.is_date64(present.type) else present


def _counts(present: pa.Array) -> Any:
    return present.cast(_storage(present.type)).to_numpy(zero_copy_only=False)


def _seconds(counts: Any, type_: pa.DataType) -> Any:
    if pa.types.is_date32(type_):
        return counts * float(_DAY)
    return counts / _PER_SECOND[type_.unit]
