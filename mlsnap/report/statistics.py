"""The statistics of a column by the names they have in tables."""

from __future__ import annotations

from mlsnap.values.column import QUANTILES, ColumnProfile, ValueCount
from mlsnap.values.difference import ColumnDifference, Percent
from mlsnap.values.scalars import Scalar

MOMENTS = ("mean", "standard_deviation", "variance", "skewness", "kurtosis")

_COUNTS = (
    "count",
    "missing_count",
    "not_missing_count",
    "percent_missing",
    "error_count",
    "empty_count",
)
_MORE_COUNTS = (
    "nan_count",
    "infinity_count",
    "zero_count",
    "negative_count",
    "distinct_count",
    "distinct_exact",
    "rank_error",
)

Changes = dict[Scalar, Percent]
Counts = dict[Scalar, int]


def profile_statistics(column: ColumnProfile) -> dict[str, Scalar]:
    """The statistics of a column, in the order of the table; ``None`` where not defined."""
    fields = (*_COUNTS, *QUANTILES, *MOMENTS, *_MORE_COUNTS)
    found = {
        "type": str(column.type),
        "min": column.min,
        "max": column.max,
        **{name: _statistic(column, name) for name in fields},
    }
    return found if column.distinct_count is not None else {**found, "distinct_exact": None}


def further_statistics(column: ColumnProfile) -> dict[str, Scalar]:
    """What tables have no room for, by name; ``None`` where not defined."""
    lengths = column.lengths
    return {
        "whisker_low": column.whisker_low,
        "whisker_high": column.whisker_high,
        "min_length": lengths.min if lengths else None,
        "max_length": lengths.max if lengths else None,
        "mean_length": lengths.mean if lengths else None,
    }


def counts_by_value(counted: tuple[ValueCount, ...]) -> Counts | None:
    """Rows by value, the most common first; ``None`` where none are counted."""
    return {each.value: each.count for each in counted} or None


def difference_statistics(column: ColumnDifference) -> dict[str, Percent | Changes]:
    """The differences of a column, in the order of the table; distances come last."""
    found = column.measures()
    distances = {name: found.pop(name) for name in list(found) if _is_distance(name, column)}
    changed: Changes = {
        each.value: each.percent for each in column.value_counts if each.percent is not None
    }
    return {"type": column.type, **found, "value_counts": changed, **distances}


def _statistic(column: ColumnProfile, name: str) -> Scalar:
    return column.quantile(name) if name in QUANTILES else getattr(column, name)


def _is_distance(measure: str, column: ColumnDifference) -> bool:
    return measure.removesuffix("_normalised") in column.distances
