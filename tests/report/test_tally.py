"""How far a reading or a transfer is, in words."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlsnap.report.tally import Tally, tally_text
from mlsnap.values.work import Work


def reading(total: int | None) -> Work:
    return Work("reading", "rows", total)


def sending(total: int | None) -> Work:
    return Work("sending", "bytes", total)


def test_rows_are_counted_whatever_thread_read_them():
    tally = Tally("profiling")
    with tally.watch(reading(1000)) as step, ThreadPoolExecutor(8) as pool:
        list(pool.map(step, [0.5] * 1000))
        assert tally.count.done == 500
        assert tally.share == 0.5


def test_it_says_rows_of_rows_and_rows_per_second():
    tally = Tally("profiling")
    with tally.watch(reading(8_000_000)) as step:
        step(2_000_000.4)
        assert re.fullmatch(r"2,000,000 of 8,000,000 rows, [\d,]+ rows/s", tally_text(tally))


def test_it_says_rows_where_nobody_knows_how_many_there_are():
    tally = Tally("profiling")
    with tally.watch(reading(None)) as step:
        step(1234)
        assert tally.share is None
        assert tally_text(tally).startswith("1,234 rows, ")


def test_it_says_bytes_of_bytes_and_how_fast_they_go():
    tally = Tally("taking the snapshot")
    with tally.watch(sending(554_000_000)) as step:
        step(120_000_000)
        text = tally_text(tally)
    assert re.fullmatch(r"sending 120\.0 MB of 554\.0 MB, [\d.]+ ([kMGT]B|bytes)/s", text)


def test_it_says_bytes_where_nobody_knows_how_many_there_are():
    tally = Tally("taking the snapshot")
    with tally.watch(sending(None)) as step:
        step(2_500)
        assert tally_text(tally).startswith("sending 2.5 kB, ")


def test_what_is_done_is_not_said_twice():
    tally = Tally("sending")
    with tally.watch(sending(1000)) as step:
        step(10)
        assert tally_text(tally).startswith("10 bytes of 1.0 kB, ")


def test_it_says_the_time_while_nothing_is_counted():
    tally = Tally("storing")
    with tally.watch(reading(10)):
        pass
    assert tally_text(tally) == "0 s"
    assert tally.share is None


@pytest.mark.parametrize("total", [0, 10])
def test_more_rows_than_were_announced_are_no_more_than_all(total):
    tally = Tally("profiling")
    with tally.watch(reading(total)) as step:
        step(11)
        assert tally.share == (1.0 if total else None)


def test_a_second_reading_counts_from_the_start():
    tally = Tally("comparing")
    with tally.watch(reading(10)) as step:
        step(10)
    with tally.watch(reading(20)) as step:
        step(5)
        assert tally.share == 0.25


def test_a_transfer_within_a_reading_goes_before_it_and_leaves_it_as_it_was():
    tally = Tally("taking the snapshot")
    with tally.watch(reading(10)) as read:
        read(5)
        with tally.watch(sending(100)) as sent:
            sent(10)
            assert tally.share == 0.1
        assert tally.share == 0.5
