from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportable import HOSTILE

from mlsnap.report.cells import (
    brief,
    name,
    number,
    percent,
    points,
    printable,
    scalar,
    share,
    shortened,
    signed,
)
from mlsnap.values.difference import NO_BASE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10009464, "10009464"),
        (41.838937654, "41.8389"),
        (1234567.5, "1.23457e+06"),
        (-0.0, "0"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("2.50"), "2.5"),
    ],
)
def test_numbers_have_six_digits_and_whole_numbers_all(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        ("", "''"),
        (b"\x00\xff", "0x00ff"),
        (datetime(2019, 5, 23, 12), "2019-05-23 12:00:00"),
        (date(2019, 5, 23), "2019-05-23"),
        ("a\tb", "a\\tb"),
    ],
)
def test_a_cell_of_any_type_is_text(value, text):
    assert scalar(value) == text


@given(st.text(st.characters()))
def test_printable_text_can_be_written_and_steers_nothing(text):
    shown = printable(text)
    shown.encode("utf-8")
    assert not any(ord(each) < 32 or 0x7F <= ord(each) < 0xA0 for each in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_emoji_and_other_scripts_stay_as_they_are():
    for text in ("👩‍👩‍👧", "Größe", "区域", "می‌خواهم"):
        assert printable(text) == text


def test_an_empty_name_is_visible():
    assert name("") == "''"


def test_long_text_is_cut():
    assert (shortened("abcdef", 4), shortened("abcd", 4)) == ("abc…", "abcd")


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.0, "0 %"), (0.091, "9.1 %"), (1.0, "100 %"), (1e-9, "<0.1 %"), (1 - 1e-9, ">99.9 %")],
)
def test_a_share_is_a_percentage(fraction, text):
    assert share(fraction) == text


def test_a_difference_has_a_sign():
    assert [signed(each) for each in (1.5, -1.5, 0.0, None)] == ["+1.5", "-1.5", "0", ""]


def test_a_percentage_without_base_says_so():
    assert [percent(each) for each in (10.0, NO_BASE, None)] == ["+10 %", "no base", ""]


def test_a_difference_of_shares_is_in_points():
    assert (points(0.05), points(0.0)) == ("+5 pp", "0")


def test_a_distance_has_four_digits():
    assert (brief(0.123456), brief(None)) == ("0.1235", "")


def test_hostile_names_can_be_written():
    assert all(name(each).isprintable() or "\u200d" in each for each in HOSTILE)
