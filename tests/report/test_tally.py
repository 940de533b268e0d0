"""How far a reading is, in words."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlsnap.report.tally import Tally, tally_text


def test_rows_are_counted_whatever_thread_read_them():
    tally = Tally("profiling")
    with tally.reading(1000) as step, ThreadPoolExecutor(8) as pool:
        list(pool.map(step, [0.5] * 1000))
        assert tally.rows == 500
        assert tally.share == 0.5


def test_it_says_rows_of_rows_and_rows_per_second():
    tally = Tally("profiling")
    with tally.reading(8_000_000) as step:
        step(2_000_000.4)
        assert re.fullmatch(r"2,000,000 of 8,000,000 rows, [\d,]+ rows/s", tally_text(tally))


def test_it_says_rows_where_nobody_knows_how_many_there_are():
    tally = Tally("profiling")
    with tally.reading(None) as step:
        step(1234)
        assert tally.share is None
        assert tally_text(tally).startswith("1,234 rows, ")


def test_it_says_the_time_while_nothing_is_read():
    tally = Tally("storing")
    with tally.reading(10):
        pass
    assert tally_text(tally) == "0 s"


@pytest.mark.parametrize("total", [0, 10])
def test_more_rows_than_were_announced_are_no_more_than_all(total):
    tally = Tally("profiling")
    with tally.reading(total) as step:
        step(11)
        assert tally.share == (1.0 if total else None)


def test_a_second_reading_counts_from_the_start():
    tally = Tally("comparing")
    with tally.reading(10) as step:
        step(10)
    with tally.reading(20) as step:
        step(5)
        assert tally.share == 0.25
