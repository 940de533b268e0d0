from hypothesis import given
from hypothesis import strategies as st
from reportable import block, day, ward

from mlsnap.report.drawings import bars_of, path, sparkline

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


def test_a_path_has_a_bar_for_each_count():
    assert path([2, 0, 1]) == "M0 100V0h9V100h1h10V50h9V100h1z"
