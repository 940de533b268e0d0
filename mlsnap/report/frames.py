"""Profiles and differences as pandas frames: a row per column of the data; and checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mlsnap.report.statistics import (
    counts_by_value,
    difference_statistics,
    further_statistics,
    profile_statistics,
)
from mlsnap.values.checks import Check, Exceeded
from mlsnap.values.column import ColumnProfile, Kind
from mlsnap.values.difference import ColumnDifference, Difference
from mlsnap.values.profile import Profile

_NOTHING = ColumnProfile(name="", type=Kind.NULL, arrow_type="null", count=0, missing_count=0)
_UNCHANGED = ColumnDifference(name="", type="")

_EXACT = 2**53
"""Whole numbers up to it survive as floats."""


def profile_frame(profile: Profile) -> pd.DataFrame:
    """A row per column and a column per statistic, quantiles as ``0.1%`` … ``99.9%``.

    What is not defined for a column's kind is missing. ``percent_missing`` is a fraction 0-1, and
    so is ``rank_error``, the largest possible error of a quantile's rank; ``distinct_exact`` says
    whether ``distinct_count`` is. ``most_common``, ``type_counts`` and ``semantic_types``
    are dicts of value to rows.
    """
    return _frame(list(_row(_NOTHING)), {column.name: _row(column) for column in profile})


def difference_frame(difference: Difference) -> pd.DataFrame:
    """A row per compared column and a column per difference, distances last.

    A distance has the columns ``<name>`` and, where any column has one,
    ``<name>_normalised``. Percentages without a base are the text ``no base``; the
    ``value_counts`` of a column are a dict of value to percentage, of values counted on both sides.
    """
    rows = {column.name: difference_statistics(column) for column in difference}
    every = [difference_statistics(_UNCHANGED), *rows.values()]
    titles = dict.fromkeys(title for row in every for title in row)
    kept = [title for title in titles if not _is_unused(title, rows)]
    return _frame(kept, rows)


def check_frame(check: Check) -> pd.DataFrame:
    """A row per exceeded limit and place, with the fields of `Exceeded`; none where all is kept."""
    rows = [
        {field.name: getattr(each, field.name) for field in dataclasses.fields(Exceeded)}
        for each in check.exceeded
    ]
    fields = [field.name for field in dataclasses.fields(Exceeded)]
    numbers = {"value": "float64", "bound": "float64"}
    return pd.DataFrame(rows, columns=fields, dtype=object).astype(numbers)


def _row(column: ColumnProfile) -> dict[str, Any]:
    return {
        **profile_statistics(column),
        **further_statistics(column),
        "most_common": counts_by_value(column.most_common),
        "type_counts": counts_by_value(column.type_counts),
        "semantic_types": counts_by_value(column.semantic_types),
    }


def _is_unused(title: str, rows: Mapping[str, Mapping[str, Any]]) -> bool:
    unused = all(row.get(title) is None for row in rows.values())
    return unused and title.endswith("_normalised")


def _frame(titles: Sequence[str], rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    index = pd.Index(list(rows), name="column", dtype=object)
    return pd.DataFrame(
        {title: _cells([row.get(title) for row in rows.values()], index) for title in titles},
        index=index,
        columns=list(titles),
    )


def _cells(values: list[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pd.Series(values, index=index, dtype="boolean" if None in values else "bool")
    if kinds == {int}:
        return _whole_numbers(values, index)
    if kinds == {int, float} and all(_is_exact(value) for value in values):
        return pd.Series(values, index=index, dtype="float64")
    if kinds in ({float}, set()):
        return pd.Series(values, index=index, dtype="float64")
    return pd.Series(values, index=index, dtype=None if len(kinds) == 1 else object)


def _whole_numbers(values: list[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    if any(value is not None and abs(value) >= 2**63 for value in values):
        return pd.Series(values, index=index, dtype=object)
    return pd.Series(values, index=index, dtype="Int64" if None in values else "int64")


def _is_exact(value: Any) -> bool:
    return not isinstance(value, int) or abs(value) <= _EXACT
