"""Dates as a profile shows them, against Arrow's own way to Python."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsnap.profiling.dates import scalars_of

SUMMER_TIME_ENDS = 1_603_587_600
"""01:00 UTC of 2020-10-25, when 02:00-03:00 came a second time in Berlin."""


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "+05:30", "-11:00"])
@pytest.mark.parametrize(("unit", "per_second"), [("s", 1), ("ms", 10**3), ("us", 10**6)])
@settings(max_examples=20)
@given(second=st.integers(-60 * 10**9, 250 * 10**9))
@example(second=SUMMER_TIME_ENDS - 1_800)
@example(second=SUMMER_TIME_ENDS + 1_800)
def test_instants_with_a_zone_are_those_that_arrow_makes(
    zone: str, unit: str, per_second: int, second: int
) -> None:
    type_ = pa.timestamp(unit, zone)
    (shown,) = scalars_of([second * per_second], type_)
    (expected,) = pa.array([second * per_second], pa.int64()).cast(type_).to_pylist()

    assert repr(shown) == repr(expected)


def test_an_instant_in_a_zone_that_is_not_known_is_told_in_words() -> None:
    assert scalars_of([5], pa.timestamp("s", "Nowhere/Far")) == ["5 s since 1970"]
