"""Integer and decimal columns."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.profiling.common_values import from_runs, runs_of
from mlsnap.profiling.distribution import distribution_of, histogram_of
from mlsnap.profiling.moments import moments_of
from mlsnap.profiling.quantiles import quantiles_of, whiskers_of

_WIDER = {np.dtype(np.float16): np.float32}


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of numbers without nulls, exact; a row at least.

    Extremes, quantiles, distinct values and most common ones are over all but NaN; moments as
    `moments_of` says; distribution and histogram over the finite ones. Decimals are sorted and
    summed as float64, their extremes are exact.
    """
    values = _to_numpy(present)
    ordered = np.sort(values[values == values])
    if not len(ordered):
        return {"nan_count": len(values), "zero_count": 0, "negative_count": 0, "distinct_count": 0}
    low, high = _finite_span(ordered)
    return {
        **_extremes(present, ordered),
        **_moments(ordered),
        **_quantiles(ordered),
        **from_runs(*runs_of(ordered)),
        "nan_count": len(values) - len(ordered),
        "infinity_count": len(ordered) - (high - low),
        "zero_count": _between(ordered, 0, 0),
        "negative_count": int(ordered.searchsorted(ordered.dtype.type(0), "left")),
        "histogram": histogram_of(ordered[low:high].astype(np.float64)),
        "distribution": distribution_of(ordered[low:high].astype(np.float64)),
    }


def _to_numpy(present: pa.Array) -> NDArray[Any]:
    if pa.types.is_decimal(present.type):
        present = present.cast(pa.float64())
    values = present.to_numpy(zero_copy_only=False)
    if values.dtype.kind == "f":
        values = values.astype(_WIDER.get(values.dtype, values.dtype), copy=False) + 0
    return values  # type: ignore[no-any-return]


def _finite_span(ordered: NDArray[Any]) -> tuple[int, int]:
    if ordered.dtype.kind != "f":
        return 0, len(ordered)
    return int(ordered.searchsorted(-np.inf, "right")), int(ordered.searchsorted(np.inf, "left"))


def _between(ordered: NDArray[Any], low: int, high: int) -> int:
    first = ordered.searchsorted(ordered.dtype.type(low), "left")
    return int(ordered.searchsorted(ordered.dtype.type(high), "right") - first)


def _extremes(present: pa.Array, ordered: NDArray[Any]) -> dict[str, Any]:
    if pa.types.is_decimal(present.type):
        extremes = pc.min_max(present)
        return {"min": extremes["min"].as_py(), "max": extremes["max"].as_py()}
    return {"min": ordered[0].item(), "max": ordered[-1].item()}


def _moments(ordered: NDArray[Any]) -> dict[str, Any]:
    moments = moments_of(ordered)
    return dataclasses.asdict(moments) if moments else {}


def _quantiles(ordered: NDArray[Any]) -> dict[str, Any]:
    quantiles = quantiles_of(ordered)
    if quantiles is None:
        return {}
    low, high = whiskers_of(ordered, quantiles[3], quantiles[5])
    return {"quantiles": quantiles, "whisker_low": low, "whisker_high": high}
