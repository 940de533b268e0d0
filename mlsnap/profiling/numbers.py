"""Integer and decimal columns."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.profiling.common_values import from_array, from_runs, runs_of
from mlsnap.profiling.distribution import distribution_of, histogram_of
from mlsnap.profiling.moments import moments_of
from mlsnap.profiling.quantiles import quantiles_of, whiskers_of


def summarise(present: pa.Array) -> dict[str, Any]:
    """Statistics of numbers without nulls, exact; a row at least.

    Extremes, quantiles, distinct values and most common ones are over all but NaN; moments as
    `moments_of` says; distribution and histogram over the finite ones. Decimals are sorted and
    summed as float64; their extremes and distinct values are exact.
    """
    values = _to_numpy(present)
    ordered = np.sort(values[~np.isnan(values)])
    if not len(ordered):
        return {"nan_count": len(values), "zero_count": 0, "negative_count": 0, "distinct_count": 0}
    finite = ordered[np.isfinite(ordered)].astype(np.float64)
    quantiles = quantiles_of(ordered)
    low, high = whiskers_of(ordered, quantiles[3], quantiles[5])
    return {
        **_values(present, ordered),
        **dataclasses.asdict(moments_of(ordered)),
        "quantiles": quantiles,
        "whisker_low": low,
        "whisker_high": high,
        "nan_count": len(values) - len(ordered),
        "infinity_count": len(ordered) - len(finite),
        "zero_count": int((ordered == 0).sum()),
        "negative_count": int((ordered < 0).sum()),
        "histogram": histogram_of(finite),
        "distribution": distribution_of(finite),
    }


def _to_numpy(present: pa.Array) -> NDArray[Any]:
    """The values with one zero; half floats as float32, which NumPy sorts faster."""
    if pa.types.is_decimal(present.type):
        present = present.cast(pa.float64())
    values = present.to_numpy()
    if values.dtype.kind != "f":
        return values  # type: ignore[no-any-return]
    with np.errstate(invalid="ignore"):
        return values.astype(np.promote_types(values.dtype, np.float32)) + 0  # type: ignore[no-any-return]


def _values(present: pa.Array, ordered: NDArray[Any]) -> dict[str, Any]:
    """Extremes and distinct values."""
    if pa.types.is_decimal(present.type):
        extremes = pc.min_max(present)
        ends = {"min": extremes["min"].as_py(), "max": extremes["max"].as_py()}
        return ends | from_array(present)
    return {
        "min": ordered[0].item(),
        "max": ordered[-1].item(),
        **from_runs(*runs_of(ordered)),
    }
