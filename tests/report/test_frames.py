from datetime import datetime
from decimal import Decimal

import pandas as pd
from reportable import block, changed, day, difference, profile, recounted, ward

from mlsnap.report.frames import difference_frame, profile_frame
from mlsnap.values.difference import NO_BASE, Distance
from mlsnap.values.profile import Profile

QUANTILES = ["0.1%", "1%", "5%", "25%", "50%", "75%", "95%", "99%", "99.9%"]
MOMENTS = ["mean", "standard_deviation", "variance", "skewness", "kurtosis"]
STATISTICS = [
    *("type", "min", "max", "count", "missing_count", "not_missing_count", "percent_missing"),
    *("error_count", "empty_count"),
    *QUANTILES,
    *MOMENTS,
    *("nan_count", "infinity_count", "zero_count", "negative_count", "distinct_count"),
    *("distinct_exact", "rank_error", "whisker_low", "whisker_high"),
    *("min_length", "max_length", "mean_length", "most_common", "type_counts", "semantic_types"),
]
CHANGES = [
    *("type", "count_in_percent", "missing_in_percent", "not_missing_in_percent"),
    *("error_in_percent", "empty_in_percent", "percent_missing", "percent_not_finite"),
    *("min", "max", "median"),
    *QUANTILES,
    *MOMENTS,
    "value_counts",
]


def test_a_profile_frame_has_a_row_per_column_and_the_statistics_in_order():
    frame = profile_frame(profile())
    assert list(frame.columns) == STATISTICS
    assert list(frame.index) == ["Ward", "Block", "Date"]


def test_statistics_are_found_by_column_and_name():
    frame = profile_frame(profile())
    assert frame.loc["Ward", "max"] == 44
    assert frame.loc["Ward", "50%"] == 12.5
    assert frame.loc["Ward", "percent_missing"] == 0.1
    assert frame.loc["Date", "min"] == datetime(2019, 5, 1, 12, 30)
    assert frame.loc["Block", "type"] == "STRING"
    assert pd.isna(frame.loc["Block", "mean"])


def test_counts_are_integers_and_moments_floats():
    frame = profile_frame(profile())
    assert frame["missing_count"].dtype == "int64"
    assert frame["zero_count"].dtype == "Int64"
    assert frame["mean"].dtype == "float64"


def test_quantiles_of_numbers_are_floats():
    frame = profile_frame(profile(ward("a"), ward("b", quantiles=(1,) * 9)))
    assert frame["50%"].dtype == "float64"


def test_large_integers_stay_exact_beside_decimals():
    frame = profile_frame(profile(ward("id", max=2**62 + 1), ward("x", max=0.5)))
    assert frame.loc["id", "max"] == 2**62 + 1
    assert isinstance(frame.loc["id", "max"], int)


def test_integers_beyond_64_bits_are_kept():
    assert profile_frame(profile(ward(max=2**64))).loc["Ward", "max"] == 2**64


def test_decimals_are_kept():
    assert profile_frame(profile(ward(max=Decimal("0.10")))).loc["Ward", "max"] == Decimal("0.10")


def test_what_is_not_exact_is_flagged():
    frame = profile_frame(profile(ward("a", rank_error=1e-4, distinct_exact=False), ward("b")))
    assert list(frame["rank_error"]) == [1e-4, 0.0]
    assert list(frame["distinct_exact"]) == [False, True]


def test_lengths_and_common_values_are_in_the_frame():
    frame = profile_frame(profile(ward(), block()))
    assert frame.loc["Block", ["min_length", "max_length", "mean_length"]].to_list() == [0, 15, 1.5]
    assert frame.loc["Block", "most_common"] == {"043XX S WOOD ST": 9, "": 1}
    assert pd.isna(frame.loc["Ward", "type_counts"])


def test_a_profile_without_columns_is_an_empty_frame():
    frame = profile_frame(Profile((), 0, ""))
    assert (list(frame.columns), len(frame)) == (STATISTICS, 0)


def test_a_difference_frame_has_the_differences_and_then_the_distances():
    frame = difference_frame(difference())
    assert list(frame.columns) == [*CHANGES, "wasserstein", "wasserstein_normalised"]
    assert list(frame.index) == ["Block", "Ward"]


def test_differences_are_found_by_column_and_name():
    frame = difference_frame(difference())
    assert frame.loc["Ward", "wasserstein_normalised"] == 0.25
    assert frame.loc["Ward", "median"] == 1.5
    assert frame.loc["Ward", "missing_in_percent"] == NO_BASE
    assert pd.isna(frame.loc["Block", "wasserstein"])


def test_values_counted_on_both_sides_are_in_the_frame():
    frame = difference_frame(difference())
    assert frame.loc["Block", "value_counts"] == {"STREET": 60.0, "NEW": NO_BASE}


def test_distances_that_nothing_normalises_have_one_column():
    column = changed(distances={"overlap": Distance(0.5)})
    frame = difference_frame(difference(column, recounted()))
    assert list(frame.columns) == [*CHANGES, "overlap", "wasserstein"]


def test_a_difference_without_columns_is_an_empty_frame():
    frame = difference_frame(difference(columns=()))
    assert (list(frame.columns), len(frame)) == (CHANGES, 0)


def test_frames_of_any_mix_of_kinds_can_be_printed():
    assert "Block" in profile_frame(profile(ward(), block(), day())).to_string()
