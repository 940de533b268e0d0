"""What a page tells of one column of a profile beside its row."""

from __future__ import annotations

from datetime import datetime, timedelta

from mlsnap.report import cells
from mlsnap.report.statements import within
from mlsnap.report.statistics import further_statistics, profile_statistics
from mlsnap.values.column import ColumnProfile
from mlsnap.values.scalars import Scalar


def profile_details(column: ColumnProfile) -> list[tuple[str, str]]:
    """All statistics of a column that are defined, with their titles, in the table's order."""
    found = {
        **profile_statistics(column),
        **_approximate(column),
        "arrow type": column.arrow_type,
        **further_statistics(column),
    }
    kinds = (*column.type_counts, *column.semantic_types)
    types = {f"of type {cells.scalar(each.value)}": each.count for each in kinds}
    return [
        (title.replace("_", " "), _detail(title, value))
        for title, value in {**found, **types}.items()
        if value is not None and title != "type"
    ]


def brief_value(value: Scalar, column: ColumnProfile) -> str:
    """A value of the column; instants to the second, to the day where it spans some days."""
    if not isinstance(value, datetime):
        return cells.scalar(value)
    spans = isinstance(column.min, datetime) and isinstance(column.max, datetime)
    wide = spans and column.max - column.min > timedelta(days=7)  # type: ignore[operator]
    return str(value.date()) if wide else str(value.replace(microsecond=0))


def profile_label(column: ColumnProfile) -> str:
    """What a drawing of a column shows, for who does not see it."""
    if column.histogram:
        ends = f"{cells.scalar(column.min)} to {cells.scalar(column.max)}"
        return f"histogram from {ends}, median {cells.scalar(column.quantile('50%'))}"
    first = column.most_common[0]
    share = cells.share(first.count / column.count) if column.count else ""
    return f"most common value {cells.scalar(first.value)}, {share}"


def _approximate(column: ColumnProfile) -> dict[str, Scalar]:
    """What is said of exactness: nothing where all is exact."""
    return {
        "rank_error": None,
        "quantiles": within(column.rank_error) if column.rank_error else None,
        "distinct_exact": None,
        "distinct": None if column.distinct_exact else "estimated",
    }


def _detail(title: str, value: Scalar) -> str:
    return cells.share(float(str(value))) if title == "percent_missing" else cells.scalar(value)
