"""Which statistics each contender delivers, checked by what it said it computed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from concerns import DUCKDB, MLSNAP, PANDAS, PANDAS_MOMENTS, POLARS, WHYLOGS, YDATA

NOT_SEEN = "not seen"


@dataclass(frozen=True)
class Named:
    """A statistic under the contender's own ``name``, and what there is to say of it."""

    name: str
    note: str = "yes"


_PANDAS = {
    "count": Named("count"),
    "min, max": Named("min"),
    "mean": Named("mean"),
    "standard deviation": Named("std"),
    "quantiles": Named("50%", "3"),
    "distinct count": Named("unique", "texts"),
    "most common values": Named("top", "1, texts"),
}

DELIVERS: dict[str, dict[str, Named]] = {
    MLSNAP: {
        "count": Named("count"),
        "missing": Named("missing_count"),
        "empty texts": Named("empty_count"),
        "NaN": Named("nan_count"),
        "infinities": Named("infinity_count"),
        "zeroes": Named("zero_count"),
        "negative": Named("negative_count"),
        "values in error": Named("error_count"),
        "min, max": Named("min"),
        "mean": Named("mean"),
        "standard deviation": Named("standard_deviation"),
        "skewness": Named("skewness"),
        "kurtosis": Named("kurtosis"),
        "quantiles": Named("quantiles", "9"),
        "distinct count": Named("distinct_count", "exact or bounded"),
        "most common values": Named("most_common"),
        "text lengths": Named("lengths"),
        "histogram": Named("histogram"),
        "distribution to compare": Named("distribution"),
        "digest of the content": Named("digest"),
    },
    DUCKDB: {
        "count": Named("count"),
        "missing": Named("null_percentage", "share"),
        "min, max": Named("min"),
        "mean": Named("avg"),
        "standard deviation": Named("std"),
        "quantiles": Named("q50", "3, approximate"),
        "distinct count": Named("approx_unique", "approximate"),
    },
    POLARS: {
        "count": Named("count"),
        "missing": Named("null_count"),
        "min, max": Named("min"),
        "mean": Named("mean"),
        "standard deviation": Named("std"),
        "quantiles": Named("50%", "3"),
    },
    PANDAS: _PANDAS,
    PANDAS_MOMENTS: {**_PANDAS, "skewness": Named("skew"), "kurtosis": Named("kurt")},
    WHYLOGS: {
        "count": Named("counts/n"),
        "missing": Named("counts/null"),
        "NaN": Named("counts/nan"),
        "infinities": Named("counts/inf"),
        "min, max": Named("distribution/min"),
        "mean": Named("distribution/mean"),
        "standard deviation": Named("distribution/stddev"),
        "quantiles": Named("distribution/median", "9, approximate"),
        "distinct count": Named("cardinality/est", "approximate"),
        "most common values": Named("frequent_items/frequent_strings", "approximate"),
        "distribution to compare": Named("distribution/n", "KLL sketch"),
    },
    YDATA: {
        "count": Named("count"),
        "missing": Named("n_missing"),
        "infinities": Named("n_infinite"),
        "zeroes": Named("n_zeros"),
        "negative": Named("n_negative"),
        "min, max": Named("min"),
        "mean": Named("mean"),
        "standard deviation": Named("std"),
        "skewness": Named("skewness"),
        "kurtosis": Named("kurtosis"),
        "quantiles": Named("50%", "5"),
        "distinct count": Named("n_distinct"),
        "most common values": Named("value_counts_without_nan"),
        "text lengths": Named("mean_length"),
        "histogram": Named("histogram"),
    },
}

STATISTICS = tuple(DELIVERS[MLSNAP])


def delivered(contender: str, statistic: str, said: Collection[str]) -> str:
    """What ``contender`` has of ``statistic``; `NOT_SEEN` if it did not say so itself."""
    named = DELIVERS[contender].get(statistic)
    if named is None:
        return "-"
    return named.note if named.name in said else NOT_SEEN
