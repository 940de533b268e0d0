"""Profiles as values: their JSON, equality and look-ups."""

from __future__ import annotations

import dataclasses
import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from partial_profiles import profile_table

from mlsnap.data import carriers
from mlsnap.errors import NotFoundError, SourceError
from mlsnap.values.column import ColumnProfile, Distribution, Kind
from mlsnap.values.profile import Profile

COLUMNS: dict[str, Any] = {
    "integers": [1, 2**63 - 1, None],
    "unsigned": pa.array([2**64 - 1, 0, None], pa.uint64()),
    "floats": [math.nan, math.inf, -0.5],
    "one spread": [1.5, 1.5, 1.5],
    "decimals": [Decimal("1.50"), None, Decimal(7)],
    "texts": ["größe", "", None],
    "booleans": [True, None, False],
    "days": [date(1, 1, 1), None, date(9999, 12, 31)],
    "instants": [datetime(1969, 1, 1, tzinfo=UTC), None, None],
    "times": [time(1, 2, 3, 4), None, None],
    "durations": [timedelta(days=-1, microseconds=1), None, None],
    "bytes": [b"\xff", b"", None],
    "lists": [[1], None, []],
    "structs": [{"a": 1}, None, None],
    "nulls": [None, None, None],
    "many": pa.array(np.random.default_rng(0).normal(size=3)),
}
PROFILE = profile_table(pa.table(COLUMNS), digest="ab" * 32, errors={"integers": 1})
MIXED = profile_table(
    carriers.encode(pd.DataFrame({"x": pd.Series(["1", 1, date(2020, 1, 1)])})).table(),
    digest="cd" * 32,
)
WIDE = profile_table(pa.table({"x": np.random.default_rng(0).normal(size=5000)}), digest="ef" * 32)


@pytest.mark.parametrize("profile", [PROFILE, MIXED, WIDE, Profile((), 0, "00" * 32)])
def test_comes_back_from_json(profile: Profile):
    text = json.dumps(profile.to_dict(), allow_nan=False)

    found = Profile.from_dict(json.loads(text))

    assert found == profile
    assert hash(found) == hash(profile)
    assert json.dumps(found.to_dict(), allow_nan=False) == text


def test_json_text_is_strict_and_has_the_version_of_its_format():
    stored = json.loads(PROFILE.to_json(), parse_constant=pytest.fail)

    assert stored["format"] == 1
    assert Profile.from_json(PROFILE.to_json()) == PROFILE


OLD = """{"format": 1, "row_count": 3, "digest": "abab", "columns": [{"name": "x",
"type": "DECIMAL", "arrow_type": "double", "count": 3, "missing_count": 0,
"min": {"float": "-inf"}, "max": 1.5,
"mean": {"float": "nan"}, "distinct_count": 3, "distinct_exact": true}]}"""


def test_a_profile_stored_before_rank_errors_were_is_exact():
    old = Profile.from_json(OLD)

    assert old["x"].rank_error == 0.0
    assert old["x"].min == -math.inf
    assert math.isnan(old["x"].mean)
    assert Profile.from_json(old.to_json()) == old


def test_a_profile_of_a_later_format_says_so():
    with pytest.raises(
        SourceError, match=r"format version 99, this mlsnap reads up to 1\n.*upgrade"
    ):
        Profile.from_json(OLD.replace('"format": 1', '"format": 99'))


@pytest.mark.parametrize("text", ["", "[1, 2]", "{}", '{"columns": [{}], "row_count": 1}', "null"])
def test_other_json_is_no_profile(text: str):
    with pytest.raises(SourceError, match="this is not the JSON of a profile: "):
        Profile.from_json(text)


def test_profiles_are_equal_by_all_they_hold():
    column = dataclasses.replace(PROFILE["floats"], rank_error=1e-4)

    assert column != PROFILE["floats"]
    assert dataclasses.replace(column, rank_error=0.0) == PROFILE["floats"]  # its mean is no number
    assert PROFILE != "profile"


@pytest.mark.parametrize("name", COLUMNS)
def test_fields_come_back_with_their_types(name: str):
    column = PROFILE[name]
    found = ColumnProfile.from_dict(json.loads(json.dumps(column.to_dict())))

    assert type(found.min) is type(column.min)
    assert (found.min, found.max) == (column.min, column.max)
    assert found.type is column.type
    assert found.most_common == column.most_common
    assert found.lengths == column.lengths


def test_a_field_of_a_later_version_is_passed_over():
    stored = PROFILE["texts"].to_dict() | {"invented_later": {"deep": 1}}

    assert ColumnProfile.from_dict(stored) == PROFILE["texts"]


def test_what_has_nothing_to_say_is_not_stored():
    stored = PROFILE["nulls"].to_dict()

    assert "mean" not in stored
    assert "most_common" not in stored
    assert stored["missing_count"] == 3


def test_is_small_whatever_the_number_of_rows():
    assert len(json.dumps(WIDE.to_dict())) < 30_000


def test_a_changed_count_is_another_profile():
    stored = PROFILE.to_dict()
    stored["columns"][0]["missing_count"] = 2

    assert Profile.from_dict(stored) != PROFILE


def test_undefined_statistics_are_equal_to_themselves():
    assert math.isnan(PROFILE["one spread"].skewness)
    assert PROFILE["one spread"] == Profile.from_dict(PROFILE.to_dict())["one spread"]


def test_a_column_is_found_by_name():
    assert PROFILE["texts"].type == Kind.STRING
    assert "texts" in PROFILE
    assert "text" not in PROFILE
    assert PROFILE.names == list(COLUMNS) == [column.name for column in PROFILE]
    assert len(PROFILE) == len(COLUMNS)


def test_an_unknown_column_is_refused_with_near_names():
    with pytest.raises(NotFoundError, match="no column 'text' in the profile; near names: 'texts'"):
        PROFILE["text"]


def test_a_quantile_is_found_by_name():
    assert PROFILE["one spread"].quantile("99.9%") == 1.5
    assert PROFILE["texts"].quantile("50%") is None


def test_an_unknown_quantile_is_refused():
    with pytest.raises(NotFoundError, match="no quantile '10%' in a profile") as error:
        PROFILE["integers"].quantile("10%")
    assert error.value.hint.startswith("it has 0.1%, 1%, 5%")


def test_missing_shares_are_fractions():
    assert PROFILE["nulls"].percent_missing == 1.0
    assert PROFILE["integers"].not_missing_count == 2
    assert (
        ColumnProfile(
            name="x", type=Kind.NULL, arrow_type="null", count=0, missing_count=0
        ).percent_missing
        == 0.0
    )


def test_a_distribution_counts_all_its_rows():
    found = Distribution(points=(0.0, 1.0), at=(2, 3), between=(4,), means=(0.5,))

    assert found.count == 9
    assert WIDE["x"].distribution.count == 5000
