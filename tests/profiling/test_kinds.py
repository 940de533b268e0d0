"""Profiles of columns that are no numbers."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from partial_profiles import profile_table
from profiled import column, common

from mlsnap.data import carriers
from mlsnap.values.column import Kind, Lengths
from mlsnap.values.profile import Profile

TEXTS = st.lists(st.none() | st.text(max_size=3))


def profile_of(frame: Any) -> Profile:
    return profile_table(carriers.encode(frame).table(), digest="00" * 32)


# Texts ------------------------------------------------------------------------------------------


@given(TEXTS)
def test_texts_have_the_extremes_and_counts_of_their_utf8(values: list[str | None]):
    found, present = column(values, pa.string()), [value for value in values if value is not None]

    assert found.min == min(present, key=str.encode, default=None)
    assert found.max == max(present, key=str.encode, default=None)
    assert found.empty_count == present.count("")
    assert found.missing_count == len(values) - len(present)
    assert found.distinct_count == (len(set(present)) if present else None)
    assert dict(common(found)) == Counter(present)


@given(TEXTS)
def test_texts_are_profiled_alike_in_any_layout(values: list[str | None]):
    plain = pa.array(values, pa.string())
    layouts = [plain.cast(pa.large_string()), plain.cast(pa.string_view())]
    layouts += [plain.dictionary_encode(), pa.chunked_array([plain.slice(0, 1), plain.slice(1)])]

    assert {column(each) == column(plain) for each in layouts} == {True}


def test_lengths_are_in_characters():
    assert column(["größe", "", "ab"]).lengths == Lengths(0, 5, 7 / 3)


def test_empty_is_not_missing():
    found = column(["", None, "a"])

    assert (found.empty_count, found.missing_count) == (1, 1)


# Booleans ---------------------------------------------------------------------------------------


@given(st.lists(st.none() | st.booleans()))
def test_booleans_are_counted(values: list[bool | None]):
    found, present = column(values, pa.bool_()), [value for value in values if value is not None]

    assert found.type == Kind.BOOLEAN
    assert found.min == min(present, default=None)
    assert found.max == max(present, default=None)
    assert dict(common(found)) == Counter(present)


def test_booleans_have_a_distribution_of_zeros_and_ones():
    found = column([True, False, True, None]).distribution

    assert (found.points, found.at) == ((0.0, 1.0), (1, 2))


# Dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_instants_of_any_unit_have_the_same_extremes(unit: str):
    values = np.array(["1955-11-05T06:15", "2015-10-21T16:29", "NaT"], f"M8[{unit}]")
    found = column(values)

    assert found.type == Kind.DATE
    assert (found.min, found.max) == (datetime(1955, 11, 5, 6, 15), datetime(2015, 10, 21, 16, 29))
    assert found.missing_count == 1
    assert found.distribution.points == (-446_751_900.0, 1_445_444_940.0)


def test_nanoseconds_are_cut_towards_the_past():
    found = column(pa.array([-1, 1], pa.timestamp("ns")))

    assert found.min == datetime(1969, 12, 31, 23, 59, 59, 999999)
    assert found.max == datetime(1970, 1, 1)


@pytest.mark.parametrize(
    ("zone", "offset"), [("UTC", 0), ("Europe/Paris", 1), ("+05:30", 5.5), ("-08:00", -8)]
)
def test_instants_are_shown_in_their_zone(zone: str, offset: float):
    found = column(pa.array([0], pa.timestamp("us", zone)))

    assert found.min == datetime(1970, 1, 1, tzinfo=UTC)
    assert found.min.utcoffset() == timedelta(hours=offset)
    assert found.arrow_type == f"timestamp[{zone}]"


def test_instants_in_an_unknown_zone_are_shown_as_a_count():
    assert column(pa.array([5], pa.timestamp("s", "Nowhere/At_All"))).max == "5 s since 1970"


def test_instants_beyond_nanoseconds_are_dates_too():
    found = column(np.array(["0001-01-01", "9999-12-31"], "M8[s]"))

    assert (found.min, found.max) == (datetime(1, 1, 1), datetime(9999, 12, 31))


def test_instants_beyond_any_calendar_are_shown_as_a_count():
    found = column(pa.array([0, 2**60], pa.timestamp("s")))

    assert found.max == f"{2**60} s since 1970"
    assert found.distribution.points == (0.0, float(2**60))


def test_days_beyond_any_calendar_are_shown_as_a_count():
    assert column(pa.array([10**8], pa.date32())).max == "100000000 days since 1970"


@pytest.mark.parametrize("type_", [pa.date32(), pa.date64()])
def test_days_are_dates(type_: pa.DataType):
    found = column([date(1900, 1, 1), date(1970, 1, 2), None, date(1970, 1, 2)], type_)

    assert (found.min, found.max) == (date(1900, 1, 1), date(1970, 1, 2))
    assert found.distinct_count == 2
    assert found.distribution.points[-1] == 86_400


@pytest.mark.parametrize("type_", [pa.time32("s"), pa.time32("ms"), pa.time64("us")])
def test_times_of_day_are_dates(type_: pa.DataType):
    found = column([time(0, 0, 1), time(23, 59, 59)], type_)

    assert (found.type, found.max) == (Kind.DATE, time(23, 59, 59))
    assert found.distribution.points == (1.0, 86_399.0)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_are_dates(unit: str):
    found = column(pa.array([timedelta(days=-1), timedelta(seconds=2)], pa.duration(unit)))

    assert (found.min, found.max) == (timedelta(days=-1), timedelta(seconds=2))
    assert found.arrow_type == "duration"


def test_a_time_with_an_offset_of_its_own_is_the_same_instant():
    moment = datetime(2020, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert column([moment]).min == moment


# Everything else --------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", [pa.binary(), pa.large_binary(), pa.binary_view()])
def test_bytes_have_lengths_in_bytes(type_: pa.DataType):
    found = column([b"", b"\xff\x00", None, b"\xff\x00"], type_)

    assert (found.type, found.empty_count, found.distinct_count) == (Kind.BINARY, 1, 2)
    assert found.lengths == Lengths(0, 2, 4 / 3)


@pytest.mark.parametrize(
    "type_",
    [pa.list_(pa.int64()), pa.large_list(pa.int64()), pa.list_view(pa.int64())],
)
def test_lists_have_lengths_in_entries(type_: pa.DataType):
    found = column([[1, 2, 3], [], None], type_)

    assert (found.type, found.arrow_type) == (Kind.LIST, "list<int64>")
    assert (found.empty_count, found.missing_count) == (1, 1)
    assert found.lengths == Lengths(0, 3, 1.5)


def test_lists_of_a_fixed_size_are_lists():
    assert column([[1, 2], None], pa.list_(pa.int8(), 2)).lengths == Lengths(2, 2, 2.0)


def test_maps_are_lists_of_their_entries():
    found = column([[("a", 1), ("b", 2)], []], pa.map_(pa.string(), pa.int64()))

    assert found.arrow_type == "list<struct<key: string, value: int64>>"
    assert found.lengths == Lengths(0, 2, 1.0)


def test_structs_are_counted_only():
    found = column([{"a": 1}, None], pa.struct([("a", pa.int64())]))

    assert (found.type, found.missing_count) == (Kind.DATAROW, 1)
    assert found.distinct_count is None


def test_nulls_of_no_type_are_all_missing():
    found = column(pa.nulls(3))

    assert (found.type, found.missing_count) == (Kind.NULL, 3)


def test_intervals_of_months_and_days_are_unknown():
    found = column(pa.array([(1, 2, 3), None], pa.month_day_nano_interval()))

    assert (found.type, found.missing_count) == (Kind.UNKNOWN, 1)


def test_objects_of_several_types_are_mixed_with_a_count_of_each():
    frame = pd.DataFrame({"x": pd.Series(["1", 1, 1, 2.5, None, date(2020, 1, 1)], dtype=object)})
    found = profile_of(frame)["x"]

    assert (found.type, found.missing_count, found.distinct_count) == (Kind.MIXED, 1, 4)
    assert {each.value: each.count for each in found.type_counts} == {
        "int": 2,
        "str": 1,
        "float": 1,
        "date": 1,
    }
    assert common(found)[0] == (1, 2)
    assert (found.min, found.lengths) == (None, None)


def test_what_does_not_parse_is_an_error():
    found = profile_table(pa.table({"x": [1, None]}), digest="00" * 32, errors={"x": 1})["x"]

    assert (found.error_count, found.missing_count) == (1, 1)


# Tables -----------------------------------------------------------------------------------------


def test_a_table_without_columns_or_rows_has_a_profile():
    found = profile_table(pa.table({}), digest="00" * 32)

    assert (len(found), found.row_count) == (0, 0)


def test_two_thousand_columns_keep_their_order():
    names = [f"c{i}" for i in range(2000)]
    found = profile_table(pa.table({name: [1, 2] for name in names}), digest="00" * 32)

    assert found.names == names


def test_columns_of_one_name_are_told_apart():
    frame = pd.DataFrame([[1, "a", 2.5]], columns=["x", "x", 7])

    assert profile_of(frame).names == ["x", "x.1", "7"]


@given(st.lists(st.none() | st.floats(), max_size=30), st.integers(0, 30))
def test_chunks_make_no_difference(values: list[float | None], cut: int):
    array = pa.array(values, pa.float64())
    halves = pa.chunked_array([array.slice(0, cut), array.slice(cut)])

    assert column(halves) == column(array)


def test_rows_in_another_order_have_the_same_profile():
    values = np.random.default_rng(0).normal(size=5000) * 1e9

    assert column(values[::-1].copy()) == column(values)


def test_the_mean_of_a_stored_interval_survives_huge_values():
    values = np.linspace(-1.0, 1.0, 3000) * 1.7e308
    found = column(values).distribution

    assert all(math.isnan(mean) or abs(mean) < 1.8e308 for mean in found.means)
    assert found.count == 3000
