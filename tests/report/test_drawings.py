from hypothesis import given
from hypothesis import strategies as st
from reportable import EDGES, block, day, ward

from mlsnap.report.drawings import (
    bars_of,
    current_path,
    path,
    reference_path,
    sparkline,
    sparklines,
)
from mlsnap.values.difference import Shapes

counts = st.lists(st.integers(0, 10**9), max_size=60)


def test_numbers_show_their_histogram_and_texts_their_common_values():
    assert bars_of(ward()) == (4, 3, 0, 1, 1)
    assert bars_of(block()) == (9, 1)
    assert bars_of(day()) == ()


@given(counts)
def test_a_sparkline_is_at_most_ten_wide(bars):
    assert len(sparkline(bars)) <= 10


@given(counts.filter(any))
def test_the_highest_bar_is_full(bars):
    assert "█" in sparkline(bars)


def test_only_bins_without_a_row_are_blank():
    assert sparkline([10**6, 1, 0]) == "█▁ "


def test_two_sides_share_one_scale():
    assert sparklines(Shapes(("a", "b"), (1.0, 0.0), (0.5, 0.5))) == ("█ ", "▄▄")
    assert sparklines(None) == ("", "")


def test_bins_touch_and_the_current_side_is_a_line_over_them():
    assert reference_path(EDGES) == "M0 100V0h10V100V50h10V100V75h10V100V75h10V100z"
    assert current_path(EDGES) == "M0 100V50h10V50h10V50h10V50h10V100"


def test_values_without_order_stand_beside_each_other():
    shapes = Shapes(("a", "b"), (1.0, 0.0), (0.5, 0.5))
    assert reference_path(shapes) == "M0 100V0h4V100h6h10z"
    assert current_path(shapes) == "M4 100V50h4V100h6V50h4V100h6z"


def test_sides_without_a_row_are_a_base_line():
    assert reference_path(Shapes(("a",), (0.0,), (0.0,))) == "M0 100h10z"


def test_a_path_has_a_bar_for_each_count():
    assert path([2, 0, 1]) == "M0 100V0h9V100h1h10V50h9V100h1z"
