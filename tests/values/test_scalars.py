"""Cells come back from JSON as what they were."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlsnap.values.scalars import Scalar, from_json, to_json

ZONES = st.none() | st.integers(-840, 840).map(lambda m: timezone(timedelta(minutes=m)))
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.datetimes(timezones=ZONES).map(lambda moment: moment.replace(fold=0)),
    st.dates(),
    st.times().map(lambda clock: clock.replace(fold=0)),
    st.timedeltas(),
)


@given(CELLS)
@example(-0.0)
@example(5e-324)
@example(Decimal("1.50"))
@example(Decimal("-Infinity"))
@example('{"float": "nan"}')
def test_a_cell_comes_back_with_its_type(value: Scalar):
    found = from_json(json.loads(json.dumps(to_json(value), allow_nan=False)))

    assert type(found) is type(value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_has_not_is_named(value: float):
    assert to_json(value) == {"float": repr(value)}


def test_a_moment_in_a_zone_keeps_its_offset():
    moment = datetime(2021, 7, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))

    found = from_json(to_json(moment))

    assert found == moment
    assert found.utcoffset() == timedelta(hours=2)
