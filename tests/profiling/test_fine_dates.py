"""Dates that are finer than a microsecond, or further than the standard library reaches."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from profiled import column, common


def test_common_nanoseconds_are_told_apart():
    found = column([1_000, 1, 2, 2], pa.timestamp("ns"))

    assert common(found) == [
        ("1970-01-01T00:00:00.000000002", 2),
        ("1970-01-01T00:00:00.000000001", 1),
        (datetime(1970, 1, 1, 0, 0, 0, 1), 1),
    ]


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (pa.timestamp("ns", "UTC"), "1970-01-01T00:00:00.000000001Z"),
        (pa.duration("ns"), "1 ns"),
        (pa.time64("ns"), "1 ns"),
    ],
    ids=str,
)
def test_nanoseconds_of_every_kind_are_shown(type_: pa.DataType, text: str):
    assert common(column(pa.array([1], type_))) == [(text, 1)]


def test_extremes_are_cut_to_microseconds():
    found = column([1, 1_999], pa.timestamp("ns"))

    assert (found.min, found.max) == (datetime(1970, 1, 1), datetime(1970, 1, 1, 0, 0, 0, 1))


def test_what_is_out_of_reach_is_text_in_its_own_words():
    assert column(pa.array([2**62], pa.duration("s"))).max == "4611686018427387904 s"
    assert column(pa.array([2**62], pa.timestamp("s"))).max == "4611686018427387904 s since 1970"
