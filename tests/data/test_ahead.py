"""Work done ahead of the one who takes its results: in order, not far, and over after an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from mlsnap.data.ahead import in_order


def counting(limit: int) -> tuple[Callable[[int], int], list[int]]:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == limit:
            raise ZeroDivisionError
        return item * 2

    return work, begun


def test_work_is_done_ahead_but_not_far() -> None:
    work, begun = counting(-1)
    with closing(in_order(work, range(1000), jobs=2)) as results:
        assert [next(results) for _ in range(3)] == [0, 2, 4]
        time.sleep(0.05)
        assert 3 <= len(begun) <= 7


def test_little_is_under_way_at_once_where_items_are_large() -> None:
    work, begun = counting(-1)
    with closing(in_order(work, range(9), jobs=4, size=lambda item: 1 << 30)) as results:
        next(results)
        time.sleep(0.05)
        assert len(begun) <= 2


def test_as_much_is_under_way_at_once_as_is_allowed() -> None:
    work, begun = counting(-1)
    with closing(in_order(work, range(9), jobs=4, size=lambda item: 10, most=30)) as results:
        next(results)
        time.sleep(0.05)
        assert len(begun) <= 4


def test_after_an_error_no_more_work_is_begun_and_no_thread_is_left() -> None:
    before = threading.active_count()
    work, begun = counting(5)
    with pytest.raises(ZeroDivisionError):
        list(in_order(work, range(1000), jobs=2))
    assert max(begun) < 5 + 5
    assert threading.active_count() == before
